"""Densities noised by a law at any level: exact ones, and those learned from a record."""

from ._base import AbstractNoisedScore as AbstractNoisedScore, HasNoisedDensity as HasNoisedDensity

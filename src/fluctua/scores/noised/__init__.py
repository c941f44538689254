"""Densities noised by a law at any level: of a finite set of states, and those learned from a record."""

from ._base import AbstractNoisedScore as AbstractNoisedScore, HasNoisedDensity as HasNoisedDensity
from ._empirical import NoisedEmpirical as NoisedEmpirical
from ._exact import AbstractExactNoisedScore as AbstractExactNoisedScore, Smoothed as Smoothed
from ._network import NoisedNetworkScore as NoisedNetworkScore
from ._preconditioning import Preconditioning as Preconditioning
from ._tweedie import TweedieScore as TweedieScore
from ._whitened import WhitenedNoisedScore as WhitenedNoisedScore, noise_coordinates as noise_coordinates

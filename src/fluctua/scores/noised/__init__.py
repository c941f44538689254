"""Densities noised by a law at any level: of a finite set of states, and those learned from a record."""

from ...features import noise_coordinates as noise_coordinates
from ._base import (
    AbstractExactNoisedScore as AbstractExactNoisedScore,
    AbstractNoisedScore as AbstractNoisedScore,
    HasNoisedDensity as HasNoisedDensity,
    Smoothed as Smoothed,
)
from ._denoiser import Denoiser as Denoiser
from ._empirical import NoisedEmpirical as NoisedEmpirical
from ._preconditioning import Preconditioning as Preconditioning

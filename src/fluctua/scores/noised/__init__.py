"""Densities noised by a law at any level: exact ones, and those learned from a record."""

from ._base import AbstractNoisedScore as AbstractNoisedScore, HasNoisedDensity as HasNoisedDensity
from ._empirical import NoisedEmpirical as NoisedEmpirical
from ._exact import AbstractExactNoisedScore as AbstractExactNoisedScore, Smoothed as Smoothed
from ._funnel import NoisedFunnel as NoisedFunnel
from ._laplace import NoisedLaplace as NoisedLaplace
from ._mixture import NoisedGaussianMixture as NoisedGaussianMixture
from ._network import NoisedNetworkScore as NoisedNetworkScore
from ._preconditioning import Preconditioning as Preconditioning
from ._stable import NoisedStable as NoisedStable
from ._student_t import NoisedStudentT as NoisedStudentT
from ._tweedie import TweedieScore as TweedieScore
from ._uniform import NoisedUniform as NoisedUniform
from ._whitened import WhitenedNoisedScore as WhitenedNoisedScore, noise_coordinates as noise_coordinates

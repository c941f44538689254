"""Densities noised by a law at any level: exact ones, and those learned from a record."""

from ...features import noise_coordinates as noise_coordinates
from ._base import AbstractNoisedScore as AbstractNoisedScore, HasNoisedDensity as HasNoisedDensity
from ._denoiser import Denoiser as Denoiser
from ._empirical import NoisedEmpirical as NoisedEmpirical
from ._exact import AbstractExactNoisedScore as AbstractExactNoisedScore, Smoothed as Smoothed
from ._funnel import NoisedFunnel as NoisedFunnel
from ._laplace import NoisedLaplace as NoisedLaplace
from ._mixture import NoisedGaussianMixture as NoisedGaussianMixture
from ._preconditioning import Preconditioning as Preconditioning
from ._stable import NoisedStable as NoisedStable
from ._student_t import NoisedStudentT as NoisedStudentT
from ._uniform import NoisedUniform as NoisedUniform

"""Densities that are known exactly when noised, and the stable noise law: what learned scores are measured against."""

from ._funnel import NoisedFunnel as NoisedFunnel
from ._laplace import NoisedLaplace as NoisedLaplace
from ._mills import mills as mills
from ._mixing import stable_nodes as stable_nodes
from ._mixture import NoisedGaussianMixture as NoisedGaussianMixture
from ._scale_mixtures import ScaleMixture as ScaleMixture, gaussian_mixture as gaussian_mixture
from ._smoothed_quadrature import smoothed_by_quadrature as smoothed_by_quadrature
from ._stable import NoisedStable as NoisedStable
from ._stable_radial import (
    log_density_and_rate as log_density_and_rate,
    stable_fisher_information as stable_fisher_information,
)
from ._student_t import NoisedStudentT as NoisedStudentT
from ._symmetric_stable import SymmetricStable as SymmetricStable
from ._uniform import NoisedUniform as NoisedUniform
from ._upper_gamma import log_scaled_upper_gamma as log_scaled_upper_gamma

"""Scores: what a score is, and the families that can be fitted without training a network."""

from ._base import AbstractScore as AbstractScore, FunctionScore as FunctionScore
from ._dictionaries import (
    AbstractDictionary as AbstractDictionary,
    Joined as Joined,
    Polynomials as Polynomials,
    Ridges as Ridges,
    directional_derivative as directional_derivative,
    polynomial_size as polynomial_size,
)
from ._dictionary import (
    DictionaryScore as DictionaryScore,
    fit_dictionary as fit_dictionary,
    has_nonlinear_functions as has_nonlinear_functions,
)
from ._gaussian import GaussianScore as GaussianScore, fit_gaussian as fit_gaussian
from ._implicit import (
    implicit_loss as implicit_loss,
    loss_by_part as loss_by_part,
    mean_and_stderr as mean_and_stderr,
)
from ._kernel import KernelScore as KernelScore, fit_kernel as fit_kernel
from ._kgmm import fit_kgmm as fit_kgmm
from ._mixture import MixtureScore as MixtureScore, fit_mixture as fit_mixture
from ._network import NetworkScore as NetworkScore
from ._whitening import Whitening as Whitening, moments as moments

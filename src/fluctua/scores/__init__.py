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
from ._field_dictionary import (
    FieldDictionaryScore as FieldDictionaryScore,
    filters_of as filters_of,
    fit_field_dictionary as fit_field_dictionary,
    score_of_filters as score_of_filters,
)
from ._field_filters import (
    Filters as Filters,
    filter_loss as filter_loss,
    fit_filters as fit_filters,
    function_scale as function_scale,
    solve_filters as solve_filters,
)
from ._field_functions import (
    AbstractFieldFunctions as AbstractFieldFunctions,
    FieldPolynomials as FieldPolynomials,
)
from ._field_network import FieldNetworkScore as FieldNetworkScore
from ._field_products import FieldProducts as FieldProducts, field_functions as field_functions
from ._field_sums import FieldSums as FieldSums, function_spectra as function_spectra, total as total
from ._field_transports import CarriedField as CarriedField, self_advection as self_advection
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
from ._spectral import (
    half_shape as half_shape,
    multiplicity as multiplicity,
    reflected as reflected,
    shells as shells,
    to_grid as to_grid,
    to_spectrum as to_spectrum,
)
from ._spectral_whitening import (
    SpectralWhitening as SpectralWhitening,
    fit_spectral_whitening as fit_spectral_whitening,
)
from ._tail_index import hill as hill
from ._whitening import Whitening as Whitening, moments as moments

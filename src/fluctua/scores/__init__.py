"""Scores: what a score is, and the families that can be fitted without training a network."""

from ..features import (
    AbstractDictionary as AbstractDictionary,
    AbstractFieldFunctions as AbstractFieldFunctions,
    CarriedField as CarriedField,
    FieldPolynomials as FieldPolynomials,
    FieldProducts as FieldProducts,
    Filters as Filters,
    FunctionSums as FunctionSums,
    Joined as Joined,
    Polynomials as Polynomials,
    Ridges as Ridges,
    SpectralWhitening as SpectralWhitening,
    Whitening as Whitening,
    field_functions as field_functions,
    fit_filters as fit_filters,
    fit_spectral_whitening as fit_spectral_whitening,
    function_scale as function_scale,
    function_spectra as function_spectra,
    half_shape as half_shape,
    moments as moments,
    multiplicity as multiplicity,
    polynomial_size as polynomial_size,
    reflected as reflected,
    self_advection as self_advection,
    shells as shells,
    to_grid as to_grid,
    to_spectrum as to_spectrum,
    total as total,
)
from ..statistics import hill as hill
from ._base import (
    AbstractScore as AbstractScore,
    FunctionScore as FunctionScore,
    MeanScore as MeanScore,
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
from ._field_preconditioning import FieldPreconditioning as FieldPreconditioning
from ._gaussian import (
    GaussianScore as GaussianScore,
    fit_gaussian as fit_gaussian,
    gaussian_of_moments as gaussian_of_moments,
)
from ._implicit import (
    implicit_loss as implicit_loss,
    loss_by_part as loss_by_part,
    mean_and_stderr as mean_and_stderr,
)
from ._kernel import KernelScore as KernelScore, fit_kernel as fit_kernel
from ._kgmm import fit_kgmm as fit_kgmm
from ._mixture import MixtureScore as MixtureScore, fit_mixture as fit_mixture
from ._network import NetworkScore as NetworkScore
from ._preconditioning import (
    AbstractPreconditioning as AbstractPreconditioning,
    WhitenedPreconditioning as WhitenedPreconditioning,
)
from ._record_parts import RecordParts as RecordParts

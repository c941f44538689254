"""Features: functions of a state with their mean slopes, the coordinates they live in, and the sums and equations
behind closed-form scores, calibration and regression."""

from ._coordinates import AbstractCoordinates as AbstractCoordinates
from ._field_filters import Filters as Filters, fit_filters as fit_filters
from ._field_functions import (
    AbstractFieldFunctions as AbstractFieldFunctions,
    FieldPolynomials as FieldPolynomials,
)
from ._field_products import FieldProducts as FieldProducts, field_functions as field_functions
from ._field_transports import CarriedField as CarriedField, self_advection as self_advection
from ._functions import (
    AbstractDictionary as AbstractDictionary,
    Joined as Joined,
    Leading as Leading,
    Polynomials as Polynomials,
    Ridges as Ridges,
    polynomial_size as polynomial_size,
)
from ._normal_equations import (
    RidgePath as RidgePath,
    centred as centred,
    choose as choose,
    function_scale as function_scale,
    loss as loss,
    right_side as right_side,
    solve as solve,
)
from ._spectral import (
    half_shape as half_shape,
    multiplicity as multiplicity,
    reflected as reflected,
    shells as shells,
    tapered as tapered,
    to_grid as to_grid,
    to_spectrum as to_spectrum,
)
from ._spectral_whitening import (
    SpectralWhitening as SpectralWhitening,
    fit_spectral_whitening as fit_spectral_whitening,
)
from ._sums import (
    FunctionSums as FunctionSums,
    block_products as block_products,
    function_spectra as function_spectra,
    function_table as function_table,
    sums_of_fields as sums_of_fields,
    sums_of_states as sums_of_states,
    total as total,
)
from ._terms import (
    Factors as Factors,
    FarTails as FarTails,
    Terms as Terms,
    mixed as mixed,
    powers as powers,
    steps as steps,
)
from ._whitening import (
    Tails as Tails,
    Whitening as Whitening,
    fit_whitening as fit_whitening,
    median_and_deviation as median_and_deviation,
    moments as moments,
    noise_coordinates as noise_coordinates,
)

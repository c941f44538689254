"""The response of statistically homogeneous fields, wavenumber by wavenumber."""

from ._advection import SelfAdvection as SelfAdvection, find_self_advection as find_self_advection
from ._estimate import FieldEstimate as FieldEstimate, Reflections as Reflections
from ._lagged_spectra import lagged_spectra as lagged_spectra
from ._pipeline import (
    FIELD_METHODS as FIELD_METHODS,
    FieldPipeline as FieldPipeline,
    respond_to_field_pushes as respond_to_field_pushes,
)

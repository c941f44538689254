"""Fields on periodic grids: stochastic partial differential equations, their integrators and true responses."""

from ._allen_cahn import AllenCahn as AllenCahn
from ._base import (
    AbstractFieldSystem as AbstractFieldSystem,
    HasExactFieldResponse as HasExactFieldResponse,
    HasExactFieldScore as HasExactFieldScore,
)
from ._blocks import FieldState as FieldState
from ._domain import PeriodicDomain as PeriodicDomain
from ._integrators import (
    AbstractFieldIntegrator as AbstractFieldIntegrator,
    ExactFieldTransition as ExactFieldTransition,
    ExponentialEuler as ExponentialEuler,
    ExponentialHeun as ExponentialHeun,
    FieldRungeKutta4Noise as FieldRungeKutta4Noise,
    default_field_integrator as default_field_integrator,
)
from ._navier_stokes import NavierStokes as NavierStokes
from ._ornstein_uhlenbeck import OrnsteinUhlenbeckField as OrnsteinUhlenbeckField
from ._registry import FIELD_SYSTEMS as FIELD_SYSTEMS, field_system_named as field_system_named
from ._simulate import simulate_field as simulate_field
from ._simulation import FieldSimulation as FieldSimulation
from ._twin import TwinFieldResponse as TwinFieldResponse, twin_field_response as twin_field_response

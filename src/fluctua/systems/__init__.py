"""Stochastic systems, how they are integrated, and their true response, exact or measured.

``AbstractSystem`` has a state of some shape: a vector or a field on a periodic grid. There is one simulation and one
twin run for all of them. A new system is one file like those in ``members``: a class with its equation, registered
under a name.
"""

from ._base import (
    AbstractSystem as AbstractSystem,
    HasExactResponse as HasExactResponse,
    HasExactScore as HasExactScore,
    HasExactTransition as HasExactTransition,
    Observable as Observable,
    Push as Push,
    State as State,
)
from ._domain import PeriodicDomain as PeriodicDomain
from ._field_system import AbstractFieldSystem as AbstractFieldSystem
from ._generator import (
    ScalarGenerator as ScalarGenerator,
    exact_response as exact_response,
    stationary_average as stationary_average,
    stationary_density as stationary_density,
)
from ._integrators import (
    AbstractIntegrator as AbstractIntegrator,
    EulerMaruyama as EulerMaruyama,
    ExactTransition as ExactTransition,
    ExponentialEuler as ExponentialEuler,
    ExponentialHeun as ExponentialHeun,
    RungeKutta4Noise as RungeKutta4Noise,
    StochasticHeun as StochasticHeun,
    default_integrator as default_integrator,
)
from ._registry import system_named as system_named
from ._simulation import (
    Simulation as Simulation,
    simulate as simulate,
    stationary_states as stationary_states,
)
from ._twin import TwinResponse as TwinResponse, twin_response as twin_response
from ._vector_system import (
    AbstractDiagonalSystem as AbstractDiagonalSystem,
    AbstractVectorSystem as AbstractVectorSystem,
    stratonovich_drift as stratonovich_drift,
)
from .members._allen_cahn import AllenCahn as AllenCahn
from .members._correlated_additive_multiplicative import (
    CorrelatedAdditiveMultiplicative as CorrelatedAdditiveMultiplicative,
)
from .members._enso_triad import EnsoTriad as EnsoTriad
from .members._lorenz63 import Lorenz63 as Lorenz63
from .members._lorenz96 import Lorenz96 as Lorenz96
from .members._multiplicative_reduced_climate import MultiplicativeReducedClimate as MultiplicativeReducedClimate
from .members._navier_stokes import NavierStokes as NavierStokes
from .members._ornstein_uhlenbeck import (
    OrnsteinUhlenbeck as OrnsteinUhlenbeck,
    non_normal_ornstein_uhlenbeck as non_normal_ornstein_uhlenbeck,
)
from .members._ornstein_uhlenbeck_field import OrnsteinUhlenbeckField as OrnsteinUhlenbeckField
from .members._quartic_well import QuarticWell as QuarticWell
from .members._scalar_reduced_climate import ScalarReducedClimate as ScalarReducedClimate

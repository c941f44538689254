"""Stochastic systems, how they are integrated, and their true response, exact or measured."""

from ._base import (
    AbstractSystem as AbstractSystem,
    HasExactScore as HasExactScore,
    HasExactTransition as HasExactTransition,
    Observable as Observable,
    Push as Push,
)
from ._ensemble import simulate as simulate
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
    RungeKutta4Noise as RungeKutta4Noise,
    StochasticHeun as StochasticHeun,
    default_integrator as default_integrator,
    stratonovich_drift as stratonovich_drift,
)
from ._twin import (
    TwinResponse as TwinResponse,
    stationary_states as stationary_states,
    twin_response as twin_response,
)
from .fields import (
    FIELD_SYSTEMS as FIELD_SYSTEMS,
    AbstractFieldIntegrator as AbstractFieldIntegrator,
    AbstractFieldSystem as AbstractFieldSystem,
    AllenCahn as AllenCahn,
    ExactFieldTransition as ExactFieldTransition,
    ExponentialEuler as ExponentialEuler,
    ExponentialHeun as ExponentialHeun,
    FieldRungeKutta4Noise as FieldRungeKutta4Noise,
    FieldSimulation as FieldSimulation,
    FieldState as FieldState,
    HasExactFieldResponse as HasExactFieldResponse,
    HasExactFieldScore as HasExactFieldScore,
    NavierStokes as NavierStokes,
    OrnsteinUhlenbeckField as OrnsteinUhlenbeckField,
    PeriodicDomain as PeriodicDomain,
    TwinFieldResponse as TwinFieldResponse,
    default_field_integrator as default_field_integrator,
    field_system_named as field_system_named,
    simulate_field as simulate_field,
    twin_field_response as twin_field_response,
)
from .vectors import (
    SYSTEMS as SYSTEMS,
    CorrelatedAdditiveMultiplicative as CorrelatedAdditiveMultiplicative,
    EnsoTriad as EnsoTriad,
    Lorenz63 as Lorenz63,
    Lorenz96 as Lorenz96,
    MultiplicativeReducedClimate as MultiplicativeReducedClimate,
    OrnsteinUhlenbeck as OrnsteinUhlenbeck,
    QuarticWell as QuarticWell,
    ScalarReducedClimate as ScalarReducedClimate,
    non_normal_ornstein_uhlenbeck as non_normal_ornstein_uhlenbeck,
    system_named as system_named,
)

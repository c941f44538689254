"""Systems with known answers: for tests, documentation, benchmarks and users alike."""

from ._correlated_additive_multiplicative import (
    CorrelatedAdditiveMultiplicative as CorrelatedAdditiveMultiplicative,
)
from ._enso_triad import EnsoTriad as EnsoTriad
from ._lorenz63 import Lorenz63 as Lorenz63
from ._lorenz96 import Lorenz96 as Lorenz96
from ._multiplicative_reduced_climate import MultiplicativeReducedClimate as MultiplicativeReducedClimate
from ._ornstein_uhlenbeck import (
    OrnsteinUhlenbeck as OrnsteinUhlenbeck,
    non_normal_ornstein_uhlenbeck as non_normal_ornstein_uhlenbeck,
)
from ._quartic_well import QuarticWell as QuarticWell
from ._registry import SYSTEMS as SYSTEMS, system_named as system_named
from ._scalar_reduced_climate import ScalarReducedClimate as ScalarReducedClimate

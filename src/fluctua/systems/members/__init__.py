"""The systems that come with the package: one file each, which registers it."""

from ._allen_cahn import AllenCahn as AllenCahn
from ._correlated_additive_multiplicative import CorrelatedAdditiveMultiplicative as CorrelatedAdditiveMultiplicative
from ._enso_triad import EnsoTriad as EnsoTriad
from ._lorenz63 import Lorenz63 as Lorenz63
from ._lorenz96 import Lorenz96 as Lorenz96
from ._multiplicative_reduced_climate import MultiplicativeReducedClimate as MultiplicativeReducedClimate
from ._navier_stokes import NavierStokes as NavierStokes
from ._ornstein_uhlenbeck import (
    OrnsteinUhlenbeck as OrnsteinUhlenbeck,
    non_normal_ornstein_uhlenbeck as non_normal_ornstein_uhlenbeck,
)
from ._ornstein_uhlenbeck_field import OrnsteinUhlenbeckField as OrnsteinUhlenbeckField
from ._quartic_well import QuarticWell as QuarticWell
from ._scalar_reduced_climate import ScalarReducedClimate as ScalarReducedClimate

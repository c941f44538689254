"""The numerics under the laws: tables, transports of normals, norms; for those who write another law too."""

from ._gamma import log_gamma_density as log_gamma_density, log_gamma_quantile as log_gamma_quantile
from ._norms import product_norm_quantile as product_norm_quantile
from ._parameters import (
    gammaln as gammaln,
    like as like,
    log_gamma_step as log_gamma_step,
    of as of,
    plain as plain,
)
from ._radii import positive_part as positive_part, squared_norm as squared_norm, times as times
from ._tables import (
    evaluate_equal as evaluate_equal,
    evaluate_octaves as evaluate_octaves,
    hermite_pieces as hermite_pieces,
)
from ._transports import (
    LOWEST as LOWEST,
    SPREAD_RANGE as SPREAD_RANGE,
    SPREAD_SPACING as SPREAD_SPACING,
    chi_square_spread as chi_square_spread,
    product_transport as product_transport,
    radial_transport as radial_transport,
    spread_limit as spread_limit,
)

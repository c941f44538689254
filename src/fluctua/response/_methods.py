r"""The methods, each a row of one table: what takes the place of B and of the regression in the estimator.

Every one is a corner of

$$ \hat K(t) = \langle u \cdot \nabla \hat g_t \rangle + \langle \hat B(x_0) ( A(x_t) - \hat g_t(x_0) ) \rangle, $$

with a conjugate observable $\hat B$ (of the Gaussian score, of the learned score, or calibrated) and a regression
$\hat g_t$ on some functions (none, the linear ones, or all).
"""

from typing import Literal, NamedTuple


class Method(NamedTuple):
    """One method.

    Attributes:
        name: Its name.
        conjugate: Which conjugate observable.
        functions: Functions of the regression.
        bands: Whether its long-run variance is wanted.
    """

    name: str
    conjugate: Literal["gaussian", "score", "calibrated"]
    functions: Literal["none", "linear", "all"]
    bands: bool = False


METHODS = (
    Method("gaussian", "gaussian", "none"),  # Leith (1975)
    Method("plug-in", "score", "none"),  # Giorgini et al. (2024), eq. 4
    Method("doubly robust", "calibrated", "all", bands=True),
    # What errors in its covariance do to the classical response: its influence function, for the band.
    Method("gaussian influence", "gaussian", "linear", bands=True),
)
"""All methods."""

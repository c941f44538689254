"""What the study of field responses measured: the true response of one system beside those of every method."""

from typing import NamedTuple

import numpy as np

from fluctua.core import DataError

OFFSETS = {"R11": 0, "R21": 1, "R31": 2, "R41": 3, "R51": 4, "R61": 5, "R71": 6}
"""Published names of responding points, and how many grid points along x they are from the pushed one."""

NORMAL_95 = 1.959964
"""Half-width of a 95 % band in standard errors."""


class FieldStudyResult(NamedTuple):
    """Responses of one field system to a unit push of one grid point, index 0 of every space dimension.

    Attributes:
        system: ``"ou"``, ``"allen-cahn"`` or ``"navier-stokes"``.
        lags: Times after the push, rising from 0, shape ``(lag,)``.
        truth: Response measured by pushing (or exact), shape ``(lag, *grid)``.
        truth_stderr: Standard error of the truth, same shape; zeros when it is exact.
        responses: Response by method, such as ``"gaussian"`` or ``"dictionary"``, same shape each.
        half_widths: Half-widths of the 95 % bands by method, for those that have a band.
        notes: What a reader must know: what was left out, what limits the numbers.

    Example:
        >>> import numpy as np
        >>> decay = np.exp(-np.arange(3.0))[:, None] * np.eye(1, 4)
        >>> result = FieldStudyResult("ou", np.arange(3.0), decay, 0 * decay, {"gaussian": decay}, {}, [])
        >>> result.curve(result.truth, 0).round(3).tolist()
        [1.0, 0.368, 0.135]
    """

    system: str
    lags: np.ndarray
    truth: np.ndarray
    truth_stderr: np.ndarray
    responses: dict[str, np.ndarray]
    half_widths: dict[str, np.ndarray]
    notes: list[str]

    @property
    def grid(self) -> tuple[int, ...]:
        """Shape of the grid."""
        return self.truth.shape[1:]

    def curve(self, field: np.ndarray, steps: int) -> np.ndarray:
        """A field's values so many grid points along x from the push, shape ``(lag,)``."""
        return field[(slice(None), *(0 for _ in self.grid[:-1]), steps)]


def check_field_study(result: FieldStudyResult) -> None:
    """Refuse responses that cannot be compared.

    Raises:
        DataError: Lags that do not rise from 0, shapes that differ, or values that are not numbers; bands without
            a response.
    """
    lags, shape = np.asarray(result.lags), result.truth.shape
    if lags.ndim != 1 or len(lags) < 2 or abs(lags[0]) > 0 or not np.all(np.diff(lags) > 0):
        raise DataError(
            f"the lags of the study of {result.system} are {np.array2string(lags, threshold=6)}",
            "two lags or more are needed, rising from 0",
            "measure the responses from the moment of the push on",
        )
    fields = {"truth": result.truth, "standard error of the truth": result.truth_stderr}
    fields |= {f"response of '{method}'": values for method, values in result.responses.items()}
    fields |= {f"band of '{method}'": widths for method, widths in result.half_widths.items()}
    for name, values in fields.items():
        if values.shape != shape or len(shape) < 2 or shape[0] != len(lags):
            raise DataError(
                f"the {name} of the study of {result.system} has shape {values.shape}, for {len(lags)} lags",
                f"every response has the truth's shape (lag, *grid), here {shape}",
                "compute all responses at the same lags on the same grid",
            )
        if not np.all(np.isfinite(values)):
            raise DataError(
                f"the {name} of the study of {result.system} has {int(np.sum(~np.isfinite(values)))} values that are "
                "not numbers",
                "errors are measured on finite responses",
                "look for the method that diverged",
            )
    missing = [method for method in result.half_widths if method not in result.responses]
    if missing:
        raise DataError(
            f"there are bands of {', '.join(missing)}, and no such response",
            f"the responses are {', '.join(result.responses) or 'none'}",
            "give the response of each band",
        )

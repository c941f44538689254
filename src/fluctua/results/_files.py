"""Results as files: NetCDF, Zarr, and CSV with the attributes in comment lines; and back."""

import json
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..core import DataError, OutputError
from ..data import atomic_path
from ._response_curves import CURVES
from ._table import response_table
from ._units import with_units

if TYPE_CHECKING:
    from ._response_result import ResponseResult

_HEAD = "# fluctua response: "
_ALONG = {"push_units": "push", "observable_units": "observable", "errors_of": "push"}


def save_response(result: "ResponseResult", path: "str | PathLike[str]", overwrite: bool = False) -> None:
    """Write a result to ``.nc``, ``.zarr`` or ``.csv``, whole or not at all.

    NetCDF and Zarr hold everything. A table holds the curves and bands, with the attributes in the lines that begin
    with ``#``; errors of whole curves, maps and densities are not in it.

    Raises:
        OutputError: The suffix is another one, or the path exists or cannot be written.
    """
    write = _of_suffix(Path(path), _WRITERS, OutputError, "save it under a name that ends in one of these")
    with atomic_path(Path(path), overwrite) as temporary:
        write(result.dataset, temporary)


def load_response(path: "str | PathLike[str]") -> "ResponseResult":
    """Read a result that was saved, or the ``response.nc`` of the command line.

    Raises:
        DataError: There is no such file, or it holds no response.

    Example:
        >>> import tempfile
        >>> import fluctua
        >>> record = np.random.default_rng(0).standard_normal((1, 500, 1))
        >>> result = fluctua.respond(record, "x", max_lag=3, score="gaussian")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     result.save(Path(folder) / "answer.csv")
        ...     again = fluctua.load_response(Path(folder) / "answer.csv")
        >>> bool(np.allclose(again.impulse_response, result.impulse_response)), again.pushes
        (True, ['x'])
    """
    from ._response_result import ResponseResult

    path = Path(path)
    if not path.exists():
        raise DataError(f"there is no '{path}'", "a saved result is read", "check the path")
    read = _of_suffix(path, _READERS, DataError, "give the file that `save` wrote")
    try:
        dataset = read(path)
    except (OSError, ValueError, KeyError, json.JSONDecodeError) as error:
        raise DataError(
            f"'{path}' could not be read as a result ({error})",
            "a result is a file that `save`, the command line or the download of a report wrote",
            "give such a file",
        ) from error
    result = ResponseResult.of(dataset)
    result.check()
    return result


def _of_suffix(path: Path, table: dict[str, Any], error: type[Exception], remedy: str) -> Callable[..., Any]:
    if path.suffix.lower() not in table:
        given = f"'{path}' has the suffix '{path.suffix}'" if path.suffix else f"'{path}' has no suffix"
        raise error(given, f"a result is kept as {', '.join(table)}", remedy)
    return table[path.suffix.lower()]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def table_text(dataset: xr.Dataset, digits: int = 17) -> str:
    """A result as the text of a ``.csv`` file that ``load_response`` reads: a line of attributes and the table.

    Args:
        dataset: The result.
        digits: Of every number.
    """
    said = {
        "attributes": {key: _plain(value) for key, value in dataset.attrs.items()},
        "dims": [str(dim) for dim in dataset["impulse_response"].dims],
        "said": {
            str(name): {key: _plain(value) for key, value in variable.attrs.items()}
            for name, variable in dataset.variables.items()
            if variable.attrs and (name in CURVES or name in dataset["impulse_response"].dims)
        },
        "coordinates": {
            name: np.atleast_1d(dataset[name].values).astype(str).tolist() for name in _ALONG if name in dataset.coords
        },
    }  # fmt: skip
    table = response_table(dataset).to_csv(index=False, float_format=f"%.{digits}g", lineterminator="\n")
    return f"{_HEAD}{json.dumps(said, default=str)}\n{table}"


def _write_table(dataset: xr.Dataset, path: Path) -> None:
    path.write_text(table_text(dataset), encoding="utf-8", newline="")


def _read_table(path: Path) -> xr.Dataset:
    import pandas as pd

    with path.open(encoding="utf-8") as file:
        first = file.readline()
        if not first.startswith(_HEAD):
            raise ValueError("its first line does not say that it is one")
        said = json.loads(first[len(_HEAD) :])
        table = pd.read_csv(file, dtype={"push": str, "observable": str}, keep_default_na=False, na_values=[""])
    dims = said["dims"]
    order = {dim: list(dict.fromkeys(table[dim])) for dim in dims}
    indexed: Any = table.set_index(dims)[[name for name in CURVES if name in table]]
    dataset = indexed.to_xarray().reindex(order)
    for name, attributes in said.get("said", {"lag": said.get("lag", {})}).items():
        dataset[name].attrs.update(attributes)
    for name, values in said["coordinates"].items():
        dataset.coords[name] = (_ALONG[name], values)
    return with_units(dataset.assign_attrs(said["attributes"]))


def _read_whole(engine: str) -> Callable[[Path], xr.Dataset]:
    def read(path: Path) -> xr.Dataset:
        options: Any = {"consolidated": False} if engine == "zarr" else {}
        with xr.open_dataset(path, engine=engine, **options) as opened:
            return opened.load()

    return read


_WRITERS: dict[str, Callable[[xr.Dataset, Path], object]] = {
    ".nc": lambda dataset, path: dataset.to_netcdf(path, engine="h5netcdf"),
    # Text has a settled form in the second format of Zarr alone.
    ".zarr": lambda dataset, path: dataset.to_zarr(path, mode="w", consolidated=False, zarr_format=2),
    ".csv": _write_table,
}
_READERS: dict[str, Callable[[Path], xr.Dataset]] = {
    ".nc": _read_whole("h5netcdf"),
    ".zarr": _read_whole("zarr"),
    ".csv": _read_table,
}

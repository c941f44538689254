"""A few series that stand for a record of many when it is checked.

Every cell of a homogeneous field has the same statistics, so that what would be asked of each of thousands of cells is
asked of the means over the homogeneous dimensions and of a few cells.
"""

import numpy as np

from ._record import Record

_SERIES = 64
_CELLS = 16
_CHANNELS = 32
_ALONG = 64
_MEMBERS = 8
_STEPS = 4096
_CONSERVED = 1e-6  # of the range of a cell: the rounding of single precision makes no signal of a conserved mean


def sample_series(record: Record) -> tuple[np.ndarray, list[str]]:
    """Means over the homogeneous dimensions and a few cells of every member, float64, with their names.

    Returns:
        Shape ``(member, time, s)``, and s names. A mean that does not vary, being conserved, is left out.
    """
    homogeneous = tuple(2 + axis for axis, dim in enumerate(record.dims) if dim in record.homogeneous)
    means = record.values.mean(axis=homogeneous, dtype=np.float64).reshape(record.members, record.steps, -1)
    kept = evenly_spread(means.shape[2], _CHANNELS)
    cells = evenly_spread(record.dimension, _CELLS)
    some = record.flat[..., cells].astype(np.float64)
    means = means[..., kept]
    varying = np.flatnonzero(np.ptp(means, axis=(0, 1)) > _CONSERVED * np.ptp(some))
    others = [
        (dim, size) for dim, size in zip(record.dims, record.state_shape, strict=True) if dim not in record.homogeneous
    ]
    names = []
    for channel in kept[varying]:
        index = np.unravel_index(channel, [size for _, size in others]) if others else ()
        place = ",".join(f"{dim}={position}" for (dim, _), position in zip(others, index, strict=True))
        names.append(f"the mean of {record.field}" + (f" at {place}" if place else ""))
    return np.concatenate([means[..., varying], some], axis=2), names + [record.names[cell] for cell in cells]


def some_series(record: Record) -> tuple[np.ndarray, list[str]]:
    """Evenly spread variables of every member, shape ``(member, time, s)``, with their names.

    Of a homogeneous field those of ``sample_series``.
    """
    if record.homogeneous:
        return sample_series(record)
    kept = evenly_spread(record.dimension)
    return record.flat[..., kept], [record.names[each] for each in kept]


def pencils(record: Record) -> list[np.ndarray]:
    """Cells along each dimension through the first cell: columns of ``flat``, the ends of long dimensions."""
    index = np.arange(record.dimension).reshape(record.state_shape)
    found = []
    for axis, size in enumerate(record.state_shape):
        along = np.moveaxis(index, axis, 0).reshape(size, -1)[:, 0]
        found.append(along if size <= _ALONG else np.concatenate([along[: _ALONG // 2], along[-_ALONG // 2 :]]))
    return found


def first_states(record: Record, columns: np.ndarray) -> np.ndarray:
    """Some columns of the first members and steps, float64: copies are copies everywhere."""
    return record.flat[:_MEMBERS, :_STEPS, columns].astype(np.float64)


def evenly_spread(count: int, most: int = _SERIES) -> np.ndarray:
    """Some of so many columns, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))

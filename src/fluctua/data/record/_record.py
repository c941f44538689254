"""What a record is: equally spaced states of one unperturbed system, and the names that go with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ...core import AbstractProgress, AbstractStored, DataError, OptionError, array_hash
from ..times import show_time
from ._cells import Grid, cell_names, goes_by_labels
from ._modes import Modes
from ._preparation import Preparation
from ._survey import Survey, survey


@dataclass(frozen=True, eq=False)
class Record:
    """A record of a stationary system: x_m(t_k) with t_k = k dt, for members m = 1..M and steps k = 0..N-1.

    Either a *vector record* (``field`` is None, one state dimension, one name per state variable) or a *field
    record* (``field`` is the name of the one gridded variable, ``dims`` its dimensions). ``names`` always
    holds one name per column of ``flat``; those of a field are made from index positions, such as
    ``u[y=3,x=5]``, and from labels along dimensions whose coordinate is text or whole numbers other than 0, 1, 2, ...

    Args:
        values: States, shape ``(member, time, *state)``, kept as a read-only C-contiguous view: float64, except that a
            homogeneous field that comes in float32 stays so (it may fill half of the memory). Stored values
            (``fluctua.core.AbstractStored``) stay where they are, and are read piece by piece.
        dt: Time between two steps, in ``time_units``.
        time_units: Unit of time, such as ``"days"``, ``"months"`` or ``"time units"``.
        names: Names of the state variables, one per flat column; made from ``field`` and ``dims`` when left
            out.
        field: Name of the gridded variable, or None for a vector record.
        dims: Names of the state dimensions of a field, in the order of ``values``.
        coords: Coordinate values of the field's dimensions, where the file has them.
        homogeneous: Those of ``dims`` along which the system is statistically homogeneous and periodic.
        units: Units by the name of a variable or a dimension, where the file has them.
        source: Name of the file the record came from, if any.
        history: What was done to the record, in order.
        dates: Date of every step (``datetime64`` or ``cftime``), shape ``(time,)``, or None for numeric time.
        start: Time of the first step for numeric time, in ``time_units``.
        member_names: Names of the members, as in the file.
        borders: Steps at which a new piece begins, where the record is made of pieces of any length laid end to end as
            its one member: no pair of states crosses them.
        times: Time of every step of a record in pieces without dates, in ``time_units``.
        notices: What was decided in reading that whoever gave the file should know.
        grid: The grid that the variables of a list are cells of, where the land of a field was left out.
        modes: The maps whose amplitudes the variables are, where fields were reduced to their leading modes.
        doubts: What was found in reading that makes answers doubtful; ``validate`` tells it.
        prepared: Which cycles, trend and spread were taken out of it, as options.
        taken: Of a part of a record, which of its steps these are.

    Raises:
        DataError: The shapes do not fit together.
        OptionError: A homogeneous dimension is not one of the field's dimensions.

    Example:
        >>> record = Record(np.zeros((1, 100, 2)), dt=0.5, names=("x", "y"))
        >>> record.members, record.steps, record.state_shape, record.duration
        (1, 100, (2,), 49.5)
    """

    values: Any
    dt: float
    time_units: str = "time units"
    names: tuple[str, ...] = ()
    field: str | None = None
    dims: tuple[str, ...] = ()
    coords: Mapping[str, np.ndarray] = dataclass_field(default_factory=dict)
    homogeneous: tuple[str, ...] = ()
    units: Mapping[str, str] = dataclass_field(default_factory=dict)
    source: str = ""
    history: tuple[str, ...] = ()
    dates: np.ndarray | None = None
    start: float = 0.0
    member_names: tuple[str, ...] = ()
    borders: tuple[int, ...] = ()
    times: np.ndarray | None = None
    notices: tuple[str, ...] = ()
    grid: Grid | None = None
    modes: Modes | None = None
    doubts: tuple[str, ...] = ()
    prepared: Preparation = Preparation()  # noqa: RUF009  (frozen)
    taken: np.ndarray | None = None

    def __post_init__(self) -> None:
        values = self.values
        if not isinstance(values, AbstractStored):
            values = np.ascontiguousarray(self.values, dtype=precision(self.values, self.homogeneous)).view()
            values.flags.writeable = False  # a view, so that the caller's own array stays writeable
        _set(self, "values", values)
        if values.ndim < 3 or values.size == 0:
            raise DataError(
                f"the values of {self.title} have shape {values.shape}",
                "a record needs the shape (member, time, *state), none of them empty",
                "add the missing dimensions, or use record_from_array",
            )
        if not (np.isfinite(self.dt) and self.dt > 0):
            raise DataError(
                f"the time step of {self.title} is {self.dt}",
                "a positive time step is needed",
                "give dt in the record's units of time",
            )
        _set(self, "dt", float(self.dt))
        if self.field is not None and len(self.dims) != values.ndim - 2:
            raise DataError(
                f"field '{self.field}' has the dimensions {self.dims} and states of shape {values.shape[2:]}",
                "one name per state dimension is needed",
                "name every state dimension",
            )
        if not self.names:
            _set(self, "names", self._own_names())
        columns = int(np.prod(values.shape[2:]))
        if len(self.names) != columns or (self.field is None and values.ndim != 3):
            raise DataError(
                f"{self.title} has {len(self.names)} names for the state shape {values.shape[2:]}",
                "a vector record needs one state dimension and one name per state variable",
                "give one name per column, or name the field and its dimensions",
            )
        if len(set(self.names)) != columns:
            twice = next(name for position, name in enumerate(self.names) if name in self.names[:position])
            raise DataError(f"{self.title} has two variables called '{twice}'", "names must differ", "rename one")
        if not self.member_names:
            _set(self, "member_names", tuple(str(member) for member in range(values.shape[0])))
        _check_homogeneous(self)
        _check_borders(self)

    @property
    def members(self) -> int:
        """Number of members M."""
        return self.values.shape[0]

    @property
    def steps(self) -> int:
        """Number of time steps N of each member."""
        return self.values.shape[1]

    @property
    def state_shape(self) -> tuple[int, ...]:
        """Shape of one state."""
        return self.values.shape[2:]

    @property
    def dimension(self) -> int:
        """Number of state variables d (of grid cells, for a field)."""
        return len(self.names)

    @property
    def duration(self) -> float:
        """Time between the first and the last step of a member or of the longest piece, in ``time_units``."""
        return (max(self.lengths) - 1) * self.dt

    @property
    def lengths(self) -> tuple[int, ...]:
        """Numbers of steps of the pieces of a member, one piece where there are no borders."""
        return tuple(end - start for start, end in pairwise((0, *self.borders, self.steps)))

    @property
    def clock(self) -> np.ndarray:
        """Numeric time of every step, in ``time_units``."""
        if self.times is not None:
            return self.times
        return self.start + self.dt * (np.arange(self.steps) if self.taken is None else self.taken)

    @property
    def is_field(self) -> bool:
        """Whether the state is one gridded variable."""
        return self.field is not None

    @property
    def labelled(self) -> tuple[str, ...]:
        """Those of ``dims`` along which cells are named by labels and not by positions."""
        known = [dim for dim in self.dims if dim in self.coords and dim not in self.homogeneous]
        return tuple(dim for dim in known if goes_by_labels(self.coords[dim]))

    @property
    def title(self) -> str:
        """What messages call the record: its file in quotation marks, or "the record"."""
        return f"'{self.source}'" if self.source else "the record"

    @property
    def flat(self) -> Any:
        """The states as a view of shape ``(member, time, d)``."""
        if isinstance(self.values, AbstractStored):
            return self.values.flat()
        return self.values.reshape(self.members, self.steps, -1)

    @cached_property
    def survey(self) -> Survey:
        """What one reading of all values found."""
        return survey(self)

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 of the states."""
        return array_hash(self.values)

    def read_for(self, what: Literal["survey", "data_hash"], progress: AbstractProgress | None) -> None:
        """Read a stored record for one of these now, where it is shown how far that is."""
        if isinstance(self.values, AbstractStored) and what not in vars(self):
            found = survey(self, progress) if what == "survey" else array_hash(self.values, progress)
            vars(self)[what] = found

    def _own_names(self) -> tuple[str, ...]:
        """``x`` or ``x0, x1, ...`` for a vector, ``u[y=3,x=5]`` in C order for a field."""
        shape = self.values.shape[2:]
        if self.field is not None:
            return cell_names(self.field, shape, {dim: self.coords.get(dim) for dim in self.dims}, self.labelled)
        return ("x",) if shape == (1,) else tuple(f"x{index}" for index in range(int(np.prod(shape))))

    def time_label(self, step: int) -> str:
        """The time of one step, for messages: a date, or a number with its unit."""
        if self.dates is not None:
            return show_time(self.dates[step])
        if self.times is None and self.taken is None:
            return f"{self.start + self.dt * step:.10g} {self.time_units}"
        return f"{self.clock[step]:.10g} {self.time_units}"

    def step(self, step: int) -> int:
        """The number, from 0 on, of a step in the record that this is a part of."""
        return step if self.taken is None else int(self.taken[step])

    def place(self, member: int, step: int) -> str:
        """A step with its time, for messages, and its member where there are several."""
        of_member = f" of member '{self.member_names[member]}'" if self.members > 1 else ""
        return f"time step {self.step(step) + 1} ({self.time_label(step)}){of_member}"


def record_from_array(
    values: Any,
    *,
    dt: float = 1.0,
    names: Sequence[str] | None = None,
    time_units: str = "time units",
) -> Record:
    """A vector record from a plain array of shape ``(time,)``, ``(time, d)`` or ``(member, time, d)``.

    Args:
        values: States at equal steps of time.
        dt: Time between two steps.
        names: One name per state variable; ``x`` or ``x0, x1, ...`` when left out.
        time_units: Unit of ``dt``.

    Raises:
        DataError: The array is not numeric, or has another number of dimensions, or the names do not fit.

    Example:
        >>> record_from_array(np.zeros((100, 2)), dt=0.1).names
        ('x0', 'x1')
    """
    try:
        if np.ma.isMaskedArray(values):
            values = np.ma.filled(values.astype(np.float64), np.nan)
        array = np.asarray(values)
        if array.dtype.kind in "cMm":
            raise TypeError("complex numbers" if array.dtype.kind == "c" else "dates")
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"the values are not an array of numbers ({error})",
            "an array of shape (time,), (time, d) or (member, time, d) is needed",
            "convert it to floating-point numbers first",
        ) from error
    if array.ndim not in (1, 2, 3) or array.size == 0:
        raise DataError(
            f"the array has the shape {array.shape}",
            "the shape (time,), (time, d) or (member, time, d) is needed, not empty",
            "reshape it, or give a labelled dataset (record_from_dataset) for a field",
        )
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim == 2:
        array = array[None]
    return Record(array, dt=dt, time_units=time_units, names=tuple(names or ()))


def common_source(records: Sequence[Record]) -> str:
    """The name of the file that all records came from; nothing where they came from several."""
    return records[0].source if len({record.source for record in records}) == 1 else ""


def precision(values: Any, homogeneous: Sequence[str]) -> type[np.floating]:
    """The type in which states are kept; what is computed from a homogeneous field is in float64, piece by piece."""
    single = bool(homogeneous) and getattr(values, "dtype", None) == np.float32
    return np.float32 if single else np.float64


def _set(record: Record, name: str, value: Any) -> None:
    object.__setattr__(record, name, value)


def _check_borders(record: Record) -> None:
    if not record.borders:
        return
    if record.members > 1 or min(record.lengths) < 1:
        raise DataError(
            f"the borders of {record.title} are {record.borders} in {record.members} members of {record.steps} steps",
            "rising steps within a single member are needed",
            "lay the pieces end to end",
        )


def _check_homogeneous(record: Record) -> None:
    unknown = [dim for dim in record.homogeneous if dim not in record.dims]
    if not unknown:
        return
    if record.is_field:
        raise OptionError(
            f"'{unknown[0]}' was given as a homogeneous dimension",
            f"field '{record.field}' has the dimensions {', '.join(record.dims)}",
            "name one of these dimensions, or leave the option out",
        )
    raise OptionError(
        f"'{unknown[0]}' was given as a homogeneous dimension of {record.title}",
        "only a gridded variable has dimensions, and this record is a list of state variables",
        "leave the option out, or choose a gridded variable by its name",
    )

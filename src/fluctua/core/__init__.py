"""What every package shares: errors, named random keys, the one chunked loop, checkpoints, progress, provenance,
citations.

What needs JAX or SciPy is imported when it is first used: ``import fluctua`` and ``fluctua --help`` need neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._arguments import checked as checked
from ._checkpoint import (
    differences as differences,
    read_checkpoint as read_checkpoint,
    write_checkpoint as write_checkpoint,
)
from ._choices import (
    described as described,
    is_number as is_number,
    listed as listed,
    listed_names as listed_names,
    nearest as nearest,
    option as option,
    options as options,
    unknown_choice as unknown_choice,
)
from ._citations import CITATIONS as CITATIONS, citations as citations
from ._engine import Engine as Engine, as_dask as as_dask, engine_for as engine_for
from ._errors import (
    DataError as DataError,
    FluctuaError as FluctuaError,
    FluctuaWarning as FluctuaWarning,
    OptionError as OptionError,
    OutputError as OutputError,
    ScoreError as ScoreError,
    SimulationError as SimulationError,
    TrainingError as TrainingError,
)
from ._laid import Stretch as Stretch, laid as laid
from ._progress import (
    AbstractProgress as AbstractProgress,
    AbstractTask as AbstractTask,
    SilentProgress as SilentProgress,
)
from ._provenance import array_hash as array_hash, version as version, versions as versions
from ._registry import (
    Entry as Entry,
    declare_kind as declare_kind,
    forget as forget,
    members_table as members_table,
    named as named,
    register as register,
    registered as registered,
)
from ._replace import remove_path as remove_path, replaced as replaced
from ._specification import (
    Argument as Argument,
    Choice as Choice,
    Flag as Flag,
    Specification as Specification,
    Unrecorded as Unrecorded,
)
from ._stored import (
    PIECE_NUMBERS as PIECE_NUMBERS,
    AbstractStored as AbstractStored,
    DerivedStored as DerivedStored,
    States as States,
    Window as Window,
    in_memory as in_memory,
    most_in_memory as most_in_memory,
    pieces_of as pieces_of,
    read_together as read_together,
    side_by_side as side_by_side,
)
from ._wording import in_terminal as in_terminal, worded as worded

if TYPE_CHECKING:
    from ._batches import map_states as map_states
    from ._loop import run_chunks as run_chunks
    from ._random import member_keys as member_keys, named_key as named_key
    from ._transforms import backward as backward, fast_length as fast_length, forward as forward

_HOMES = {
    "map_states": "._batches",
    "run_chunks": "._loop",
    **dict.fromkeys(("member_keys", "named_key"), "._random"),
    **dict.fromkeys(("backward", "fast_length", "forward"), "._transforms"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fluctua.core' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name], __name__), name)


# Known before the package that holds the members is imported, which is when they are first asked for.
for _kind, _home in (
    ("reader", "fluctua.data"),
    ("writer", "fluctua.data"),
    ("noise law", "fluctua.noise"),
    ("noise schedule", "fluctua.noise"),
    ("system", "fluctua.systems"),
    ("integrator", "fluctua.systems"),
    ("network", "fluctua.networks"),
    ("score", "fluctua.scores"),
    ("score family", "fluctua.training"),
    ("sampler", "fluctua.sampling"),
    ("observable function", "fluctua.response"),
):
    declare_kind(_kind, _home)

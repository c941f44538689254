"""Resumable checkpoints: the whole state of a run and what it belongs to, in one file without code."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..core import TrainingError
from ..networks import parameters_from_arrays, parameters_to_arrays

State = TypeVar("State")

_IDENTITY = "identity"
_FILE = "checkpoint.npz"


class Checkpoint:
    """The checkpoint of one training run, ``checkpoint.npz`` in a folder of its own.

    The file is written under another name and then moved into place, so that a run that is killed while it
    writes leaves the checkpoint before. It holds plain arrays and the JSON text of the run's identity:
    loading runs no code.

    Args:
        folder: Where the file lies; made when it is first written.
        identity: What the run is, as values that JSON can hold: configuration, hash of the data, key. A
            checkpoint of another identity is refused.

    Example:
        >>> import tempfile
        >>> import jax.numpy as jnp
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     checkpoint = Checkpoint(folder, {"width": 64})
        ...     checkpoint.save({"weight": jnp.ones(2)})
        ...     checkpoint.load({"weight": jnp.zeros(2)})["weight"].tolist()
        [1.0, 1.0]
    """

    def __init__(self, folder: str | Path, identity: dict[str, Any]):
        self.path = Path(folder) / _FILE
        self.identity = json.loads(json.dumps(identity))

    def save(self, state: object) -> None:
        """Write the state, in place of the one before.

        Raises:
            TrainingError: The folder cannot be written.
        """
        arrays = parameters_to_arrays(state, "state.")
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.partial")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(temporary, "wb") as file:
                np.savez(file, **{_IDENTITY: np.array(json.dumps(self.identity))}, **arrays)  # pyright: ignore
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise TrainingError(
                f"the checkpoint {self.path} cannot be written ({error.strerror})",
                "a folder that can be written, on a disk with room, is needed",
                "give another checkpoint folder, or none",
            ) from error

    def load(self, like: State) -> State | None:
        """The state that was saved, or nothing where there is no checkpoint yet.

        Args:
            like: A state of the same structure, shapes and types.

        Raises:
            TrainingError: The file is damaged, or belongs to another run.
        """
        if not self.path.exists():
            return None
        try:
            # Opened here, because NumPy does not close a file that turns out not to be an archive.
            with open(self.path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
                identity = json.loads(str(file[_IDENTITY]))
                arrays = {name: file[name] for name in file.files if name != _IDENTITY}
        except Exception as error:  # a damaged zip archive fails in many ways, all of them mean the same
            raise self._damaged(error) from error
        if identity != self.identity:
            raise self._other_run(identity)
        try:
            return parameters_from_arrays(like, arrays, "state.")
        except (KeyError, ValueError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> TrainingError:
        return TrainingError(
            f"the checkpoint {self.path} cannot be read ({type(error).__name__}: {error})",
            "an undamaged checkpoint of this run is needed to resume it",
            "delete the file to start again, or give another checkpoint folder",
        )

    def _other_run(self, identity: Any) -> TrainingError:
        stored = identity if isinstance(identity, dict) else {}
        differences = [
            f"{name} was {_short(stored.get(name))} and is now {_short(self.identity.get(name))}"
            for name in sorted({*stored, *self.identity})
            if stored.get(name) != self.identity.get(name)
        ]
        return TrainingError(
            f"the checkpoint {self.path} belongs to another run: {'; '.join(differences)}",
            "a run can only be resumed with the same options, data and key",
            "give these again, or another checkpoint folder, or delete the file to start again",
        )


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 24 else f"{text[:16]}..."

"""Resumable checkpoints: the whole state of a run and what it belongs to, in one file without code."""

import json
from pathlib import Path
from typing import Any, TypeVar

from ..core import TrainingError, differences, read_checkpoint, write_checkpoint
from ..networks import parameters_from_arrays, parameters_to_arrays

State = TypeVar("State")

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
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_checkpoint(self.path, self.identity, parameters_to_arrays(state, "state."))
        except OSError as error:
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
        saved = read_checkpoint(self.path, self._damaged)
        if saved is None:
            return None
        identity, arrays = saved
        if identity != self.identity:
            raise TrainingError(
                f"the checkpoint {self.path} belongs to another run: {differences(identity, self.identity)}",
                "a run can only be resumed with the same options, data and key",
                "give these again, or another checkpoint folder, or delete the file to start again",
            )
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

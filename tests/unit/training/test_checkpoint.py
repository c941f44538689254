"""Checkpoints: exact, refused for another run, never half written."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from fluctua.core import TrainingError
from fluctua.training import Checkpoint

STATE = {"weight": jnp.arange(6.0).reshape(2, 3), "step": jnp.asarray(7, jnp.int32)}
EMPTY = {"weight": jnp.zeros((2, 3)), "step": jnp.asarray(0, jnp.int32)}


def test_what_is_saved_is_loaded_bit_by_bit_and_nothing_else_is_left(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run", {"width": 64})
    assert checkpoint.load(EMPTY) is None
    checkpoint.save(EMPTY)
    checkpoint.save(STATE)
    loaded = checkpoint.load(EMPTY)
    assert loaded is not None
    for name, value in STATE.items():
        assert loaded[name].dtype == value.dtype
        np.testing.assert_array_equal(loaded[name], value)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["checkpoint.npz"]


def test_the_file_holds_plain_arrays_and_json(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path, {"width": 64, "gap": None})
    checkpoint.save(STATE)
    with np.load(checkpoint.path, allow_pickle=False) as file:
        assert json.loads(str(file["description"])) == {"width": 64, "gap": None}
        assert sorted(file.files) == ["description", "state.step", "state.weight"]


def test_the_checkpoint_of_another_run_is_refused_and_says_what_differs(tmp_path: Path) -> None:
    Checkpoint(tmp_path, {"width": 64, "data": "a" * 64}).save(STATE)
    with pytest.raises(TrainingError, match=r"another run: width was 64 and is now 32; a run can only .* Give these"):
        Checkpoint(tmp_path, {"width": 32, "data": "a" * 64}).load(EMPTY)
    with pytest.raises(TrainingError, match=r"another run: data was \"a{49}\.\.\. and is now \"b"):
        Checkpoint(tmp_path, {"width": 64, "data": "b" * 64}).load(EMPTY)


@pytest.mark.parametrize("damage", ["cut", "text", "shape"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, damage: str) -> None:
    checkpoint = Checkpoint(tmp_path, {"width": 64})
    checkpoint.save(STATE)
    if damage == "cut":
        checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:200])
    elif damage == "text":
        checkpoint.path.write_text("not an archive")
    else:
        checkpoint.save(STATE | {"weight": jnp.zeros(5)})
    with pytest.raises(TrainingError, match=r"cannot be read .*; an undamaged checkpoint .* Delete the file"):
        checkpoint.load(EMPTY)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TrainingError, match=r"cannot be written .*; a folder that can be written.* Give another"):
        Checkpoint(tmp_path / "file" / "run", {}).save(STATE)


def test_a_save_that_fails_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoint(tmp_path, {})
    checkpoint.save(STATE)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(TrainingError, match="No space left"):
        checkpoint.save(EMPTY)
    monkeypatch.undo()
    loaded = checkpoint.load(EMPTY)
    assert loaded is not None
    assert int(loaded["step"]) == 7
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]

"""All or nothing: what is on disk after success, after failure, and what is never touched."""

from pathlib import Path
from typing import Any

import pytest

from fluctua.core import OutputError
from fluctua.data import atomic_folder, atomic_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.nc") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".nc"
        temporary.write_text("new")
        assert not (tmp_path / "a.nc").exists()
    assert names(tmp_path) == ["a.nc"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, FileNotFoundError])
def test_a_failure_leaves_the_old_file_alone(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "a.nc").write_text("old")

    def fail() -> None:
        with atomic_path(tmp_path / "a.nc") as temporary:
            temporary.write_text("half")
            raise error("stopped")

    with pytest.raises(error, match="stopped"):
        fail()
    assert names(tmp_path) == ["a.nc"]
    assert (tmp_path / "a.nc").read_text() == "old"


def test_a_failure_removes_the_parents_it_made(tmp_path: Path) -> None:
    def fail() -> None:
        with atomic_folder(tmp_path / "p" / "q" / "out"):
            raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        fail()
    assert names(tmp_path) == []


def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "p" / "out") as temporary:
        (temporary / "run.json").write_text("1")
        assert not (tmp_path / "p" / "out").exists()
    assert names(tmp_path / "p") == ["out"]
    with atomic_folder(tmp_path / "p" / "out", overwrite=True) as temporary:
        (temporary / "other").write_text("2")
        assert names(tmp_path / "p" / "out") == ["run.json"]
    assert names(tmp_path / "p") == ["out"]
    assert names(tmp_path / "p" / "out") == ["other"]


def test_a_failed_replacement_keeps_the_old_result(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text("old")

    def fail() -> None:
        with atomic_folder(tmp_path / "out", overwrite=True) as temporary:
            (temporary / "run.json").write_text("new")
            raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        fail()
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out" / "run.json").read_text() == "old"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with atomic_folder(tmp_path / "out") as temporary:
        (temporary / "run.json").write_text("1")
    assert names(tmp_path / "out") == ["run.json"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_other_things_is_never_replaced(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    entered = []
    with (
        pytest.raises(OutputError, match=r"holds something else than a result .*run\.json.*needed\. Choose"),
        atomic_folder(tmp_path / "out", overwrite),
    ):
        entered.append(True)
    assert not entered
    assert names(tmp_path / "out") == ["thesis.tex"]


def test_what_exists_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text("old")
    (tmp_path / "file").write_text("old")
    with pytest.raises(OutputError, match=r"out' holds an earlier result; a new folder.*--overwrite"):
        atomic_folder(tmp_path / "out").__enter__()
    with pytest.raises(OutputError, match=r"file' is a file; the name of a folder is needed\. Choose"):
        atomic_folder(tmp_path / "file").__enter__()
    with pytest.raises(OutputError, match=r"file' exists already; a new name is needed.*--overwrite"):
        atomic_path(tmp_path / "file", overwrite=False).__enter__()
    with pytest.raises(OutputError, match=r"out' is a folder; the name of a file is needed\. Give"):
        atomic_path(tmp_path / "out").__enter__()


def test_a_folder_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def meanwhile() -> None:
        with atomic_folder(tmp_path / "out") as temporary:
            (temporary / "run.json").write_text("mine")
            (tmp_path / "out").mkdir()
            (tmp_path / "out" / "run.json").write_text("theirs")

    with pytest.raises(OutputError, match="holds an earlier result"):
        meanwhile()
    assert (tmp_path / "out" / "run.json").read_text() == "theirs"
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("atomic", [atomic_path, atomic_folder])
def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, atomic: Any) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=r"cannot be written \(.*is a file\); a folder that may be.*Choose"):
        atomic(tmp_path / "file" / "p" / "out").__enter__()


def test_a_full_disk_is_an_output_error(tmp_path: Path) -> None:
    def fill() -> None:
        with atomic_path(tmp_path / "a.nc") as temporary:
            temporary.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"a\.nc' cannot be written \(No space left on device\); .*Choose"):
        fill()
    assert names(tmp_path) == []

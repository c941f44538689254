"""Commands are what their verbs are: options, defaults and names come from the signature, docstring and registry."""

import re
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

import fluctua.verbs
from fluctua.cli import app
from fluctua.core import Specification, forget, register

VERBS = {"respond": "respond", "fit-score": "fit_score", "sample": "sample"}


@pytest.fixture
def toy() -> Iterator[str]:
    """A family of scores from outside the package."""
    register("score family", "toy-family", summary="a toy")(lambda data, key, progress: None)
    yield "toy-family"
    forget("score family", "toy-family")


def help_of(command: str) -> str:
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize("command", VERBS)
def test_every_recorded_argument_of_a_verb_is_an_option(command: str) -> None:
    said = help_of(command)
    first, *others = (
        argument for argument in Specification.of(getattr(fluctua.verbs, VERBS[command])).arguments if argument.recorded
    )
    assert first.name in said
    for argument in others:
        assert f"--{argument.flag.name}" in said
        assert argument.text
        if argument.required:
            assert "[required]" in said
    for own in ("--out", "--overwrite", "--quiet", "--debug"):
        assert own in said


@pytest.mark.parametrize("command", [*VERBS, "simulate"])
def test_options_are_named_as_they_are_typed(command: str) -> None:
    assert not re.findall(r"[a-z]+_[a-z]+", help_of(command))


def test_names_come_from_the_registry(toy: str) -> None:
    specification = Specification.of(fluctua.verbs.respond)
    assert toy in specification["score"].choices
    assert toy in specification["score"].help
    assert "In Python" not in specification["data"].help


def test_a_specification_records_what_was_asked() -> None:
    specification = Specification.of(fluctua.verbs.fit_score)
    asked = specification.values({"data": "record.csv", "method": "gaussian", "progress": object()})
    assert list(asked)[:2] == ["data", "method"]
    assert asked["seed"] == 0
    assert "progress" not in asked
    assert "checkpoint" not in asked


def test_commands_are_listed_with_what_they_do() -> None:
    done = CliRunner().invoke(app, ["--help"])
    assert done.exit_code == 0
    for command in ("respond", "simulate", "fit-score", "sample", "demo", "doctor", "cite"):
        assert command in done.output
    assert CliRunner().invoke(app, ["nothing-of-this-name"]).exit_code == 2

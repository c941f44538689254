"""The registry: members by kind and name, from anywhere, and what is said of a name that is none."""

from collections.abc import Iterator

import pytest

from fluctua.core import FluctuaError, declare_kind, forget, members_table, named, register, registered


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    forget("toy", "one")


def one() -> int:
    return 1


def two() -> int:
    return 2


def test_a_member_is_found_with_its_facts() -> None:
    assert register("toy", "one", summary="the first", cites=["a"], width=3)(one) is one
    entry = registered("toy")["one"]
    assert (entry.member, entry.summary, entry.cites, dict(entry.facts)) == (one, "the first", ("a",), {"width": 3})
    assert "| `one` | the first |" in members_table("toy")


def test_a_name_belongs_to_one_member() -> None:
    register("toy", "one", summary="the first")(one)
    register("toy", "one", summary="the first, imported again")(one)
    with pytest.raises(ValueError, match=r"'one' is registered already, by .*\.one"):
        register("toy", "one", summary="another")(two)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    register("toy", "one", summary="the first")(one)
    with pytest.raises(FluctuaError, match=r"The toy 'onne' was asked for; the toys are one\. Use 'one'\."):
        named("toy", "onne")


def test_members_of_the_home_package_are_there_without_an_import() -> None:
    declare_kind("greeting of json", "json")
    assert dict(registered("greeting of json")) == {}

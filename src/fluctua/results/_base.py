"""What every result shares: a labelled dataset one attribute away, and views that the package of reports registers."""

import abc
import html
import json
from collections.abc import Iterator
from typing import Any

import xarray as xr

from ..core import citations, declare_kind, named, version, versions
from ..data import Record

declare_kind("view", "fluctua.report")


def view(name: str) -> Any:
    """The function that draws or writes a kind of result, by its registered name.

    Reports are made from results, so results do not import them: a view registers itself under the kind ``"view"``.
    """
    return named("view", name).member


def provenance(record: Record, seed: int, *topics: str) -> dict[str, Any]:
    """What made a result from a record, as attributes of its file.

    Args:
        record: The record.
        seed: Seed of every random choice.
        topics: What is to be cited (``fluctua.core.citations``).
    """
    return {
        "source": record.source,
        "history": "; ".join(record.history),
        "data_hash": record.data_hash,
        "seed": seed,
        "fluctua_version": version(),
        "versions": json.dumps(versions(*(() if record.modes is None else ("xeofs",)))),
        "citations": citations(*topics),
    }


class AbstractLabelledResult(abc.ABC):
    """A result over an ``xarray.Dataset``, which answers whatever the result itself does not.

    Attributes:
        dataset: The labelled numbers; what is written to a file.
    """

    dataset: xr.Dataset

    @abc.abstractmethod
    def summary(self) -> str:
        """What there is, in a few lines of text."""

    @abc.abstractmethod
    def plot(self, *arguments: Any, **options: Any) -> Any:
        """Draw it."""

    def __getattr__(self, name: str) -> Any:
        # Reached only for what the result itself lacks. Special names are never passed on: copying asks for them before
        # there is a dataset.
        if name.startswith("__") or name == "dataset":
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self.dataset)})

    def __getitem__(self, key: Any) -> Any:
        return self.dataset[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.dataset[key] = value

    def __contains__(self, key: object) -> bool:
        return key in self.dataset

    def __iter__(self) -> Iterator[Any]:
        return iter(self.dataset)

    def __len__(self) -> int:
        return len(self.dataset)

    def __enter__(self) -> Any:
        self.dataset.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.dataset.__exit__(*error)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>\n{self.summary()}"

    def _repr_html_(self) -> str:
        said = "<br>".join(html.escape(line) for line in self.summary().splitlines())
        return f"<p>{said}</p>{self.dataset._repr_html_()}"

"""What all configurations of a training run have in common: options by name, refused where they cannot be used."""

import abc
import dataclasses
import difflib
import math
from collections.abc import Mapping
from typing import Any, TypeVar

from ..core import OptionError
from ._loop_options import LoopOptions

Configuration = TypeVar("Configuration", bound="AbstractConfiguration")


class AbstractConfiguration(abc.ABC):
    """A frozen dataclass of options, among them those of the training loop and of the held-out part.

    Concrete configurations call ``_check_common`` and then check what they add.
    """

    @classmethod
    def from_options(cls: type[Configuration], options: Mapping[str, Any]) -> Configuration:
        """The configuration with these options, such as those read from a file.

        Raises:
            OptionError: A name is not an option (the nearest one is suggested) or a value is out of range.

        Example:
            >>> from fluctua.training import TrainingConfig
            >>> TrainingConfig.from_options({"width": 32}).width
            32
        """
        known = [field.name for field in dataclasses.fields(cls)]  # pyright: ignore[reportArgumentType]
        for name in options:
            if name not in known:
                nearest = difflib.get_close_matches(name, known, n=1)
                raise OptionError(
                    f"the training option {name!r} was given",
                    f"it must be one of {', '.join(known)}",
                    f"write {nearest[0]!r} instead" if nearest else "leave it out",
                )
        # JSON knows lists only.
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in options.items()})

    def to_options(self) -> dict[str, Any]:
        """Every option and its value, as JSON can hold them."""
        options = dataclasses.asdict(self)  # pyright: ignore[reportArgumentType]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}

    @property
    @abc.abstractmethod
    def loop(self) -> LoopOptions:
        """The part that the training loop reads."""

    def _check_common(self) -> None:
        for name in ("levels", "batch_size", "steps", "patience", "evaluate_every"):
            self._need_count(name)
        for name in ("sigma_min", "sigma_max", "learning_rate", "gradient_clip"):
            self._need(name, is_number(self._of(name)) and self._of(name) > 0.0, "a positive number")
        smallest, steps, every = (self._of(name) for name in ("sigma_min", "steps", "evaluate_every"))
        self._need("sigma_max", self._of("sigma_max") > 2.0 * smallest, f"more than twice sigma_min={smallest}")
        emphasis, fraction = self._of("emphasis"), self._of("heldout_fraction")
        self._need("emphasis", is_number(emphasis) and emphasis >= 0.0, "a number, 0 or more")
        self._need("extrapolate", isinstance(self._of("extrapolate"), bool), "True or False")
        self._need("heldout_fraction", is_number(fraction) and 0.0 < fraction <= 0.5, "a fraction in (0, 0.5]")
        blocks, gap, warm_up = (self._of(name) for name in ("heldout_blocks", "gap", "warm_up"))
        self._need("heldout_blocks", is_whole(blocks) and blocks >= 2, "2 blocks or more")
        self._need("gap", gap is None or (is_whole(gap) and gap >= 0), "None or 0 or more steps")
        warm = is_whole(warm_up) and 0 <= warm_up < steps
        self._need("warm_up", warm, f"a whole number from 0 to less than steps={steps}")
        self._need("steps", steps % every == 0, f"a multiple of evaluate_every={every}")

    def _need_count(self, name: str) -> None:
        self._need(name, is_whole(self._of(name)) and self._of(name) >= 1, "a whole number of 1 or more")

    def _need(self, name: str, fits: bool, needed: str) -> None:
        if fits:
            return
        default = type(self).__dataclass_fields__[name].default  # pyright: ignore[reportAttributeAccessIssue]
        to_get = "the default" if default is dataclasses.MISSING else repr(default)
        raise OptionError(
            f"the training option {name} is {self._of(name)!r}",
            f"{needed} is needed",
            f"change {name}, or leave it out to get {to_get}",
        )

    def _of(self, name: str) -> Any:
        return getattr(self, name)


def is_whole(value: object) -> bool:
    """Whether an option is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether an option is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

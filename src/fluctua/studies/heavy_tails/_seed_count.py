"""How many seeds: those of the preset, or one number for every task."""

from collections.abc import Sequence

from ...core import OptionError
from ._plan import HeavyTailPlan
from ._published import PUBLISHED_SEEDS

_FEWEST = 2


def with_seeds(plan: HeavyTailPlan, seeds: int | None) -> HeavyTailPlan:
    """The plan with so many seeds for every task, those that have a number of their own too.

    The seeds of a task are a sequence: with more of them the first ones stay as they were.

    Args:
        plan: The sizes.
        seeds: Their number; none leaves the plan as it is.

    Raises:
        OptionError: Fewer than two.

    Example:
        >>> from fluctua.studies.heavy_tails._plan import heavy_tail_plan
        >>> plan = with_seeds(heavy_tail_plan("full"), 7)
        >>> plan.seeds, plan.stable_law.seeds
        (7, 7)
    """
    if seeds is None:
        return plan
    if seeds < _FEWEST:
        raise OptionError(
            f"the number of seeds is {seeds}",
            f"a mean with a standard error needs {_FEWEST} or more",
            f"give --seeds {_FEWEST} or more, or leave it out for the {plan.seeds} of the preset",
        )
    own = {name: part._replace(seeds=seeds) for name, part in plan._asdict().items() if hasattr(part, "seeds")}
    return plan._replace(seeds=seeds, **own)


def seeds_in_words(plan: HeavyTailPlan, tasks: Sequence[str]) -> str:
    """How many seeds the numbers of some tasks have, as a note.

    Example:
        >>> from fluctua.studies.heavy_tails._plan import heavy_tail_plan
        >>> seeds_in_words(heavy_tail_plan("full"), ["T2", "T3"])
        'Seeds: 5; T3 20, its published table 20.'
    """
    stable = f"; T3 {plan.stable_law.seeds}, its published table {PUBLISHED_SEEDS}" if "T3" in tasks else ""
    return f"Seeds: {plan.seeds}{stable}."

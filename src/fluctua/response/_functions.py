r"""Functions of a list of variables for calibration and regression, as many as the record carries.

What a function costs is the noise of its own equation $\langle u \cdot \nabla \varphi - B \varphi \rangle = 0$,
whose memory is that of the conjugate observable and not that of the slowest column: a record of N steps in which B
decorrelates within $\tau_B$ carries one function for every thirty of its $N / 2 \tau_B$ states. A slow or useless
further column takes no functions from the others. Products that the record itself has shown to be missing may be one
for every twenty: in Lorenz-96 with little noise the error that is left without them is larger than their noise.

Additive functions come first, as they carry systems of many variables that act on their neighbours; then products, all
of them in few variables, and otherwise those whose absence would show most, pairs and then products of degree three and
four of the variables in them (chaotic advection needs the fourth degree): leaving out $\chi$ changes the response by

$$ \delta K(t) = \frac{c_\chi\, d_\chi(t)}{\langle \chi^2 \rangle}, \qquad
   c_\chi = \langle u \cdot \nabla \chi - B \chi \rangle, \quad d_\chi(t) = \langle \chi (A_t - \hat g_t) \rangle, $$

the product of what the conjugate observable and the regression lack; then local steps. Of few variables products of
higher degrees follow where the record shows that they are missing (``_higher_products``). Where there is no room for
all of a lower degree, or a variable has not visited its range often enough to enter by more than itself, those are
taken one after the other whose $c_\chi$ is beyond chance.
"""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float

from ..core import OptionError
from ..features import (
    AbstractDictionary,
    Factors,
    Joined,
    Polynomials,
    Ridges,
    Terms,
    Whitening,
    mixed,
    moments,
    powers,
    steps,
)
from ..statistics import timescales
from ._conjugate_memory import conjugate_memory, first_memory
from ._higher_products import higher_products
from ._missing_products import (
    SAMPLE,
    VERY_FEW,
    ConjugateSample,
    all_products,
    clearest_products,
    visible_products,
)
from .expressions import PushVectors, pushed_variables

KINDS = ("auto", "linear", "additive", "pairs", "triples")
"""Functions that can be asked for: as the record carries them; or linear ones and, each kind with those before it,
powers up to the third, products of two variables, products of degree three."""

_STATES_PER_FUNCTION = 30
_STATES_PER_PRODUCT = 20  # the same of products that a record has shown to be missing
_STATES_ASKED = 5  # the same of functions that were asked for, states of any dependence
_MOST_BESIDE_ADDITIVE = 300
_MODES = 20  # leading modes where there are too many variables even for linear functions
_STEPS = 9
_SLANTED = 48
_VISIBLE = 4  # degree of products of many variables
_FEW = 8  # variables whose products are all looked at
_FEWEST_VISITS = 60  # independent states of a variable that is not pushed
_NEAR = 12  # variables of visible pairs, whose further products are looked at
_STEEPEST = 3.0  # of a coarse step, in units of one over the standard deviation
_FINE, _FINEST = 160, 48.0  # number of fine steps, and the same of them
_FINE_SPREAD = 2**0.5  # as dense as the root of the density: what is missed in the tails weighs as much as elsewhere
_STATES_PER_DETAIL = 300
_DETAIL = 6.0  # t-value of the Stein identity of a fine step; states of a record are not independent
_MOST_STATES = 200_000


class ResponseFunctions(NamedTuple):
    """Functions of a list of variables.

    Attributes:
        dictionary: The functions, the linear ones first and fine detail last.
        linear: How many are linear.
        coarser: How many lead that an answer can be compared with, to see what finer ones may still move: half of the
            products that a record of many variables has shown, or all but the local steps. Where fine detail was
            needed, all but every second of its steps; on a thin cycle all but the slanted ones. Where products of few
            variables are missing for which there is no room, all but those that were found in their place.
    """

    dictionary: AbstractDictionary
    linear: int
    coarser: int


def response_functions(
    values: Float[np.ndarray, "member time d"],
    observables: Float[np.ndarray, "member time p"],
    push_vectors: PushVectors,
    *,
    degree: int | None = None,
    kind: str = "auto",
    linear: Terms | None = None,
    memory: float | None = None,
    most: float = np.inf,
    present: int | None = None,
    states: int | None = None,
) -> ResponseFunctions:
    """The functions that a record carries.

    Args:
        values: The record.
        observables: The observables along it.
        push_vectors: The vectors of the pushes at states.
        degree: Total degree of the polynomials; by default up to 3, or 5 in few variables, with steps.
        kind: One of ``KINDS``, to say which functions are used whatever the record carries.
        linear: The variables alone, standardised, with far tails where the record has them; by default without.
        memory: Of B before functions are chosen, in steps (``first_memory``), where it is known.
        most: Largest number of functions that fits into memory.
        present: Number of variables that lead the others, which are these at earlier times; by default all. What is
            fine is made of them alone.
        states: Number of states of the record that the values are a part of; by default they are all of it.

    Raises:
        OptionError: The record cannot carry the functions that were asked for.
    """
    dimension = values.shape[2]
    recorded: int = dimension if present is None else present
    count = values[..., 0].size if states is None else states
    times = count / values[..., 0].size  # that a part of the record stands for itself
    flat = values.reshape(-1, dimension)
    terms = Terms.linear(flat) if linear is None else linear
    memory = first_memory(values, push_vectors, terms) if memory is None else memory
    independent = count / (2 * memory)
    fits = min(independent / _STATES_PER_FUNCTION, most)
    few = dimension <= min(_MODES, count / _STATES_ASKED)
    if kind == "auto" and dimension > 5 * fits and few:  # without one of them, a push of it would be lost
        return ResponseFunctions(terms, dimension, dimension)
    if kind == "auto" and dimension > 5 * fits:
        modes = int(np.clip(fits, 1, min(_MODES, dimension)))
        leading = Polynomials(Whitening.leading(*moments(flat), modes=modes), 1)
        return ResponseFunctions(leading, modes, modes)
    asked = _asked(dimension, degree, kind)
    if asked is not None:  # what is asked for is done
        size = dimension + len(asked)
        if size > min(most, count / _STATES_ASKED):
            raise OptionError(
                f"{size:,} functions of {dimension} variables were asked for",
                f"with {count:,} states and {observables.shape[2]} observables there may be "
                f"{int(min(most, count / _STATES_ASKED)):,}",
                "leave --features and --dictionary-degree out, or ask for fewer functions"
                + (" or observables" if most < count / _STATES_ASKED else ""),
            )
        terms = terms.with_products(asked)
        return ResponseFunctions(terms, dimension, terms.size)
    limit = int(min(fits, 3 * dimension + _MOST_BESIDE_ADDITIVE))
    moved, bends = _bends(values, push_vectors, times)
    chosen: list[Factors] = []
    complete = curved = False
    for group in _groups(dimension, recorded):
        kept = [factors for factors in group if all(bends[variable] for variable, _ in factors)]
        left = max(0, limit - dimension - len(chosen))
        if len(kept) > left and len(group[0]) == 1 and dimension > _FEW:
            order = np.argsort(-_closeness(flat, moved), kind="stable")
            kept = [factors for variable in order for factors in kept if factors[0][0] == variable][:left]
        elif len(kept) > left:
            break
        chosen += kept
    else:
        complete = dimension <= _FEW  # with room for products of a higher degree
    further = powers(recorded, range(4, 6)) if recorded <= VERY_FEW else []
    further = [factors for factors in further if bends[factors[0][0]]]
    if complete and dimension + len(chosen) + len(further) <= limit:
        chosen += further
    reached = None  # of the functions, where there is no room for all that are missing
    if dimension <= _FEW:  # no room for all, or too few visits: those that the record shows to be missing all the same
        most_terms = int(min(independent / _STATES_PER_PRODUCT, most))
        with_chosen, highest = terms.with_products(chosen), 3 if complete else 5 if recorded <= VERY_FEW else 4
        rest = list(dict.fromkeys([*all_products(dimension, recorded, highest), *further]))
        rest = [factors for factors in rest if factors not in chosen]
        clearest, more = clearest_products(values, push_vectors, with_chosen, rest, most_terms)
        reached = with_chosen.size if clearest and more else None
        chosen += clearest
        bends[[variable for factors in clearest for variable, _ in factors]] = True
    terms = terms.with_products(chosen)
    additive = terms.size
    if dimension > _FEW:
        candidates = [((i, 1), (j, 1)) for (i, _), (j, _) in mixed(dimension, 2) if bends[i] and bends[j]]
        most_terms = int(min(independent / _STATES_PER_PRODUCT, most, 3 * dimension + _MOST_BESIDE_ADDITIVE))
        for degree in range(2, _VISIBLE + 1):
            if most_terms <= terms.size or not candidates:
                break
            found = visible_products(values, observables, push_vectors, terms, candidates, memory)
            terms = terms.with_products(found[: most_terms - terms.size])
            near = list(dict.fromkeys(variable for pair in found for variable, _ in pair))[:_NEAR]
            candidates = [tuple((near[i], n) for i, n in factors) for factors in mixed(len(near), degree + 1)]
    elif complete:
        terms, limit, curved = higher_products(
            values,
            observables,
            push_vectors,
            terms,
            np.flatnonzero(bends).tolist(),
            limit,
            memory=lambda functions: conjugate_memory(values, push_vectors, functions),
            room=lambda now: int(min(count / (2 * now) / _STATES_PER_FUNCTION, most, _MOST_BESIDE_ADDITIVE)),
        )
    functions: AbstractDictionary = terms
    coarser = (additive + terms.size) // 2 if reached is None else reached
    some = flat[:: max(1, len(flat) // SAMPLE)]
    stepped = np.flatnonzero(bends[:recorded]).tolist()
    if recorded <= _FEW and functions.size + _STEPS * len(stepped) <= limit:
        coarse = steps(some, terms.whitening, stepped, _STEPS, _STEEPEST)
        functions = Joined(functions, coarse)
    if curved and dimension <= VERY_FEW:  # no last degree: twice as many of these cost and bring next to nothing
        slanted = Ridges.random(jax.random.key(0), Whitening.leading(*moments(flat), modes=dimension), _SLANTED)
        functions = Joined(functions, slanted)
        coarser = functions.size - slanted.size
    detail = _detail(values, push_vectors, functions, terms.whitening, np.flatnonzero(moved).tolist(), count)
    if detail:
        halves = [[fine.every_second(first) for fine in detail] for first in (1, 0)]
        functions = Joined(functions, *halves[0], *halves[1])
        coarser = functions.size - sum(half.size for half in halves[1])
    return ResponseFunctions(functions, dimension, coarser)


def _asked(dimension: int, degree: int | None, kind: str) -> list[Factors] | None:
    """Functions beside the linear ones that were asked for; none where the record decides."""
    if kind == "auto" and degree is None:
        return None
    if kind == "auto":
        groups = [powers(dimension, range(n, n + 1)) + mixed(dimension, n) for n in range(2, (degree or 1) + 1)]
    else:
        every = [powers(dimension, range(2, 4)), mixed(dimension, 2), mixed(dimension, 3)]
        groups = every[: KINDS.index(kind) - 1]
    return [factors for group in groups for factors in group]


def _detail(
    values: Float[np.ndarray, "member time d"],
    push_vectors: PushVectors,
    functions: AbstractDictionary,
    standard: Whitening,
    moved: list[int],
    count: int,
) -> list[Ridges]:
    r"""Fine steps of each pushed variable whose density has detail that the functions do not see.

    The Stein identity $\langle u \cdot \nabla \chi - B \chi \rangle = 0$ of every step $\chi$ is a test of B; the
    largest of its t-values has to be beyond chance. A smooth density passes it, a rough one (Zwanzig, PNAS 85, 2029,
    1988), whose response falls at once by what its ripples hold back, does not.
    """
    flat = values.reshape(-1, values.shape[2])
    states = flat[:: max(1, len(flat) * 4 // _MOST_STATES)]
    _, vectors, _, conjugate = ConjugateSample.of(states, functions, push_vectors)
    some, size = states[:: max(1, len(states) // SAMPLE)], functions.size
    detail: list[Ridges] = []
    for variable in moved:
        fine = steps(some, standard, [variable], _FINE, _FINEST, _FINE_SPREAD)
        # Detail makes the true B forget itself between two states: here the number of states counts.
        if _STATES_PER_DETAIL * (size + fine.size * (1 + len(detail))) > count:
            break
        seen, along = fine.tables(states, vectors)
        # A step tanh has the slope 1 - tanh^2: the mean slope gives the speed along each push.
        slope = 1 - seen**2
        speed = along / slope.mean(axis=0)[:, None]
        seen = seen - seen.mean(axis=0)
        if any(
            _largest_t_value(slope * speed[:, push] - seen * conjugate[:, [push]]) > _DETAIL
            for push in range(conjugate.shape[1])
        ):
            detail.append(fine)
    return detail


def _largest_t_value(summands: Float[np.ndarray, "n f"]) -> float:
    """Of the means of some columns being zero."""
    return float(
        np.max(np.abs(summands.mean(axis=0)) / np.maximum(summands.std(axis=0), 1e-300)) * len(summands) ** 0.5
    )


def _bends(
    values: np.ndarray, push_vectors: PushVectors, times: float
) -> tuple[Bool[np.ndarray, " d"], Bool[np.ndarray, " d"]]:
    """Which variables are pushed, and which may enter by more than themselves.

    A variable that no push moves, and that has not visited its own range many times, would only lend the others its
    accidents.
    """
    sizes = times * np.array([timescales(values[:, :, [i]]).effective_size for i in range(values.shape[2])])
    moved = pushed_variables(push_vectors, values)
    return moved, moved | (sizes >= _FEWEST_VISITS)


def _closeness(flat: Float[np.ndarray, "n d"], moved: Bool[np.ndarray, " d"]) -> Float[np.ndarray, " d"]:
    """The largest correlation of each variable with a pushed one."""
    correlation = np.atleast_2d(np.corrcoef(flat[:: max(1, len(flat) // SAMPLE)], rowvar=False))
    return np.max(np.abs(correlation[moved]), axis=0)


def _groups(dimension: int, present: int) -> list[list[Factors]]:
    """Functions beside the linear ones, in the order in which they are taken."""
    groups = [powers(dimension, range(2, 4))]
    few = dimension if dimension <= _FEW else present
    if few <= _FEW:
        groups += [mixed(few, 2), mixed(few, 3)]
    return [group for group in groups if group]

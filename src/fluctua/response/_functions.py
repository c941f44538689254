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

the product of what the conjugate observable and the regression lack; then local steps. Of few variables those of degree
four are taken whose $c_\chi$ alone is beyond chance, as where noise depends on the state.
"""

from typing import NamedTuple

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
    solve,
    steps,
)
from ..statistics import timescales
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
_FEW = 8  # variables whose products are all looked at
_CHUNK = 1 << 15  # states at a time
_RIDGE = 1e-3  # of the first look
_FEWEST_VISITS = 60  # independent states of a variable that is not pushed
_SAMPLE = 20_000  # states on which products are looked at
_MOST_LOOKED_AT = 30  # observables on which they are
_BEYOND_CHANCE = 14.0  # product of two t-values
_MISSING, _BLOCKS = 3.5, 64  # t-value of a Stein identity, from so many blocks of states
_LOOKED_AT = 5_000_000  # values of products of few variables
_CANDIDATES = 256  # products at a time
_NEAR = 12  # variables of visible pairs, whose further products are looked at
_HIGHEST = 4  # degree of products
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
            needed, all but every second of its steps.
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
    far_tails: bool = False,
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
        far_tails: Whether states far out need bounded coordinates.
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
    saturation = 3.0 if far_tails else float("inf")
    terms = Terms.linear(flat, max(degree or 5, 3), saturation)
    independent = times * _first_look(values, terms, push_vectors)
    fits = min(independent / _STATES_PER_FUNCTION, most)
    few = dimension <= min(_MODES, count / _STATES_ASKED)
    if kind == "auto" and dimension > 5 * fits and few:  # without one of them, a push of it would be lost
        return ResponseFunctions(terms, dimension, dimension)
    if kind == "auto" and dimension > 5 * fits:
        modes = int(np.clip(fits, 1, min(_MODES, dimension)))
        leading = Polynomials(Whitening.leading(*moments(flat), modes=modes), 1, saturation)
        return ResponseFunctions(leading, modes, modes)
    asked = _asked(dimension, degree, kind)
    if asked is not None:  # what is asked for is done
        size = dimension + len(asked)
        if size > min(most, count / _STATES_ASKED):
            raise OptionError(
                f"{size:,} functions of {dimension} variables were asked for",
                f"with {count:,} states and this largest lag there may be {int(min(most, count / _STATES_ASKED)):,}",
                "leave --features and --dictionary-degree out, or ask for fewer functions or a shorter --max-lag",
            )
        terms = terms.with_products(asked)
        return ResponseFunctions(terms, dimension, terms.size)
    limit = int(min(fits, 3 * dimension + _MOST_BESIDE_ADDITIVE))
    moved, bends = _bends(values, push_vectors, times)
    chosen: list[Factors] = []
    near: list[int] = []
    for group in _groups(dimension, recorded):
        kept = [factors for factors in group if all(bends[variable] for variable, _ in factors)]
        room = max(0, limit - dimension - len(chosen))
        if len(kept) > room and len(group[0]) == 1 and dimension > _FEW:
            order = np.argsort(-_closeness(flat, moved), kind="stable")
            kept = [factors for variable in order for factors in kept if factors[0][0] == variable][:room]
        elif len(kept) > room:
            break
        chosen += kept
    else:  # there is room for products of a higher degree
        near = np.flatnonzero(bends).tolist() if dimension <= _FEW else []
    terms = terms.with_products(chosen)
    additive = terms.size
    if dimension > _FEW:
        memory = count / (2 * independent)
        candidates = [((i, 1), (j, 1)) for (i, _), (j, _) in mixed(dimension, 2) if bends[i] and bends[j]]
        most_terms = int(min(independent / _STATES_PER_PRODUCT, most, 3 * dimension + _MOST_BESIDE_ADDITIVE))
        for degree in range(2, _HIGHEST + 1):
            if most_terms <= terms.size or not candidates:
                break
            found = visible_products(values, observables, push_vectors, terms, candidates, memory)
            terms = terms.with_products(found[: most_terms - terms.size])
            near = list(dict.fromkeys(variable for pair in found for variable, _ in pair))[:_NEAR]
            candidates = [tuple((near[i], n) for i, n in factors) for factors in mixed(len(near), degree + 1)]
    elif near:
        candidates = [tuple((near[i], n) for i, n in factors) for factors in mixed(len(near), _HIGHEST)]
        found = missing_products(values, push_vectors, terms, candidates)
        terms = terms.with_products(found[: max(0, limit - terms.size)])
    functions: AbstractDictionary = terms
    coarser = (additive + terms.size) // 2
    some = flat[:: max(1, len(flat) // _SAMPLE)]
    stepped = np.flatnonzero(bends[:recorded]).tolist()
    if recorded <= _FEW and functions.size + _STEPS * len(stepped) <= limit:
        coarse = steps(some, terms.whitening, stepped, _STEPS, _STEEPEST)
        functions = Joined(functions, coarse)
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
    _, vectors, _, conjugate = _Sample.of(states, functions, push_vectors)
    some, size = states[:: max(1, len(states) // _SAMPLE)], functions.size
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
    correlation = np.atleast_2d(np.corrcoef(flat[:: max(1, len(flat) // _SAMPLE)], rowvar=False))
    return np.max(np.abs(correlation[moved]), axis=0)


def _groups(dimension: int, present: int) -> list[list[Factors]]:
    """Functions beside the linear ones, in the order in which they are taken."""
    groups = [powers(dimension, range(2, 4))]
    few = dimension if dimension <= _FEW else present
    if few <= _FEW:
        groups += [mixed(few, 2), mixed(few, 3)]
    if present <= 3:
        groups += [powers(present, range(4, 6))]
    return [group for group in groups if group]


def visible_products(
    values: Float[np.ndarray, "member time d"],
    observables: Float[np.ndarray, "member time p"],
    push_vectors: PushVectors,
    functions: Terms,
    candidates: list[Factors],
    memory: float,
) -> list[Factors]:
    """Products of variables that are missed both by B and by the regressions on given functions.

    They are ordered by the product of both t-values, the largest one over observables and a few lags, on a sample of
    states.

    Args:
        values: The record.
        observables: The observables along it.
        push_vectors: The vectors of the pushes at states.
        functions: The functions that there are.
        candidates: The products that are looked at.
        memory: Integrated autocorrelation time of B in steps; regressions at half of it and twice as long are looked
            at, whatever the largest lag that is asked for.

    Returns:
        The candidates whose product of t-values is beyond chance.
    """
    members, steps, dimension = values.shape
    lags = np.unique(np.clip(np.round(memory * np.array([0.5, 2.0])), 1, max(1, steps // 2)).astype(int))
    origins = np.arange(0, steps - int(lags[-1]), max(1, members * steps // _SAMPLE))
    states, vectors, table, conjugate = _Sample.of(values[:, origins].reshape(-1, dimension), functions, push_vectors)
    count, gram = len(states), table.T @ table / len(states)
    left = []
    for lag in lags:
        later = observables[:, origins + lag].reshape(count, -1)[:, :_MOST_LOOKED_AT]
        later = later - later.mean(axis=0)
        residual = later - table @ _first_representer(gram, table.T @ later / count, dimension)
        left.append(residual / np.maximum(residual.std(axis=0), 1e-300))
    residuals = np.concatenate(left, axis=1)
    strength = np.empty(len(candidates))
    for start in range(0, len(candidates), _CANDIDATES):
        chosen = slice(start, start + _CANDIDATES)
        found, slopes = functions.alone(candidates[chosen]).tables(states, vectors)
        found, slopes = found[:, dimension:], slopes[dimension:]
        found = found - found.mean(axis=0)
        spread = np.sqrt(np.maximum((found**2).T @ conjugate**2 / count, 1e-300))
        defect = np.max(np.abs(slopes - found.T @ conjugate / count) / spread, axis=1)
        missed = np.max(np.abs(found.T @ residuals / count), axis=1) / np.maximum(found.std(axis=0), 1e-300)
        strength[chosen] = defect * missed * count
    return [candidates[place] for place in np.argsort(-strength, kind="stable") if strength[place] > _BEYOND_CHANCE]


def missing_products(
    values: Float[np.ndarray, "member time d"], push_vectors: PushVectors, functions: Terms, candidates: list[Factors]
) -> list[Factors]:
    r"""Products of a few variables that B of given functions misses: their Stein identity is off beyond chance.

    Where noise depends on the state the score is that of a variable over a variance that others decide about, and of
    higher degree than the regressions. These miss too little to be seen, and at short lags, where the answer has next
    to no error, the product of both is as large as that.

    Args:
        values: The record.
        push_vectors: The vectors of the pushes at states.
        functions: The functions that there are.
        candidates: The products that are looked at.

    Returns:
        The candidates beyond chance, the clearest first: of 30 that are not missing one is taken in 1.5 % of records.
    """
    if not candidates:
        return []
    flat = values.reshape(-1, values.shape[2])
    most = int(np.clip(_LOOKED_AT / len(candidates), _SAMPLE, _MOST_STATES))
    sample = _Sample.of(flat[:: max(1, len(flat) // most)], functions, push_vectors)
    found, slopes = functions.alone(candidates).tables(sample.states, sample.vectors)
    found, slopes = found[:, values.shape[2] :], slopes[values.shape[2] :]
    # What is known of a mean product is seen in its means over blocks of states, which follow one another.
    blocks = min(_BLOCKS, len(found))
    used = len(found) // blocks * blocks
    parts = [
        table[:used].reshape(blocks, -1, table.shape[1]) for table in (found - found.mean(axis=0), sample.conjugate)
    ]
    products = np.matmul(parts[0].transpose(0, 2, 1), parts[1]) * (blocks / used)
    errors = products.std(axis=0, ddof=1) / blocks**0.5
    defect = np.max(np.abs(products.mean(axis=0) - slopes) / np.maximum(errors, 1e-300), axis=1)
    return [candidates[place] for place in np.argsort(-defect, kind="stable") if defect[place] > _MISSING]


def _first_representer(
    gram: Float[np.ndarray, "f f"], slopes: Float[np.ndarray, "f q"], linear: int
) -> Float[np.ndarray, "f q"]:
    """The weights of B on functions whose first is the constant, from mean products and mean slopes."""
    ridge = np.where(np.arange(len(gram)) <= linear, 1e-12, _RIDGE)
    return solve(gram[None], slopes[None], ridge)[0]


class _Sample(NamedTuple):
    """Some states, with the constant and the functions there, and what B made of them is.

    Attributes:
        states: Shape ``(n, d)``.
        vectors: The pushes there, or once.
        table: The constant and the functions less their means, shape ``(n, 1 + f)``.
        conjugate: B of each push, shape ``(n, q)``.
    """

    states: np.ndarray
    vectors: np.ndarray
    table: np.ndarray
    conjugate: np.ndarray

    @classmethod
    def of(cls, states: np.ndarray, functions: AbstractDictionary, push_vectors: PushVectors) -> "_Sample":
        vectors = push_vectors(states)[0]
        found, slopes = functions.tables(states, vectors)
        table = np.concatenate([np.ones((len(states), 1)), found - found.mean(axis=0)], axis=1)
        right = np.concatenate([np.zeros((1, slopes.shape[1])), slopes])
        weights = _first_representer(table.T @ table / len(states), right, states.shape[1])
        return cls(states, vectors, table, table @ weights)


def _first_look(values: np.ndarray, table: Terms, push_vectors: PushVectors) -> float:
    """Independent states of the noisiest conjugate observable, made of additive functions."""
    share = min(1.0, _MOST_STATES / values[..., 0].size)
    values = values[:, : int(np.ceil(share * values.shape[1]))]
    members, steps, dimension = values.shape
    additive = table.with_products(powers(dimension, range(2, 4)))
    if additive.size * 20 > members * steps:
        additive = table
    size = additive.size
    gram, slopes = np.zeros((size + 1, size + 1)), np.zeros((size + 1, len(push_vectors)))
    pieces = [(m, s, min(s + _CHUNK, steps)) for m in range(members) for s in range(0, steps, _CHUNK)]
    for member, start, stop in pieces:
        states = values[member, start:stop]
        found, along = additive.tables(states, push_vectors(states)[0])
        functions = np.concatenate([np.ones((len(states), 1)), found], axis=1)
        gram += functions.T @ functions
        slopes = slopes + len(states) * np.concatenate([np.zeros((1, along.shape[1])), along])
    count = members * steps
    weights = _first_representer(gram / count, slopes / count, dimension)
    conjugate = np.empty((members, steps, weights.shape[1]))
    for member, start, stop in pieces:
        states = values[member, start:stop]
        functions = additive.tables(states, np.empty((1, 0, dimension)))[0]
        conjugate[member, start:stop] = weights[0] + functions @ weights[1:]
    return min(timescales(conjugate[:, :, [push]]).effective_size for push in range(conjugate.shape[2])) / share

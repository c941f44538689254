"""What is refused because no answer to it could be right, however the record looks otherwise."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core import AbstractStored, DataError, OptionError, listed, option, options
from ..data import Record, excerpt_of
from ..response import AbstractPush, PushVectors, Responses, pushed_variables, some_pieces
from ..results import WANDERING, WANDERS
from ..statistics import AtomsAndWalls, atoms_and_walls, stretches

_NUMBERS = 1_000_000  # that are looked at
_ATOM = 0.05  # share of all states at one value
_FEW_VALUES = 12
_STRETCH = 16  # steps at one value that may be a gap
_USELESS = 5.0  # Stein defect; the true score has none
_REMEMBERED = 4.0  # standard errors of a correlation over one step


def state_of(record: Record, state: Sequence[str]) -> Record:
    """The record of the variables that are the state.

    Raises:
        OptionError: A name is not one of the record's, or the record is a field.
    """
    chosen = [state] if isinstance(state, str) else list(state)
    if not chosen:
        return record
    unknown = [name for name in chosen if name not in record.names]
    if record.modes is not None:
        raise OptionError(
            f"the state was to be {listed(chosen)} of {record.dimension} modes",
            "the state of modes is all of them",
            "leave --state out, or give a smaller number of --modes",
        )
    if unknown or record.is_field:
        raise OptionError(
            f"the state was to be {listed(chosen)} of {record.title}",
            "--state names variables of a list" if record.is_field else f"there is no {listed(unknown)}",
            "leave --state out" if record.is_field else f"choose among {listed(record.names)}",
        )
    columns = [record.names.index(name) for name in dict.fromkeys(chosen)]
    names = tuple(record.names[column] for column in columns)
    flat = record.flat
    values = flat.columns(columns) if isinstance(flat, AbstractStored) else record.values[:, :, columns]
    return replace(record, values=values, names=names, grid=None)


def check_densities(pushes: Sequence[AbstractPush], record: Record) -> None:
    """Refuse pushes on variables without a density: the states that they lead to are not in the record.

    Raises:
        OptionError: A pushed variable has few values, or a part of all states at one of them.
    """
    record = excerpt_of(record)
    for push in pushes:
        moved = np.flatnonzero(pushed_variables(PushVectors([push], record.dimension), record.flat))
        found = atoms_and_walls(some_pieces(record.flat[:, :, moved], _NUMBERS)) if len(moved) else []
        for variable, density in zip(moved, found, strict=True):
            what = _singular(density)
            if what:
                name = record.names[variable]
                rest = options("state", [other for other in record.names if other != name])
                kept = f"; '{name}' may stay as an observable ({rest} {option('observe', name)})"
                raise OptionError(
                    f"'{push.name}' pushes '{name}', which {what}",
                    "a push needs a variable with a density: a small change of this one leads to states that no record "
                    "of it has",
                    f"{_made_a_gap(density, record, int(variable))}push another variable"
                    f"{kept if rest and not record.is_field else ''}. To see the numbers all the same, "
                    "--allow-unreliable",
                )


def _made_a_gap(density: AtomsAndWalls, record: Record, variable: int) -> str:
    """What to do first where most of the states at one value follow one another, as if they had not been measured."""
    if density.distinct <= _FEW_VALUES or record.homogeneous:
        return ""
    value = density.atoms[0][0]
    at = record.flat[:, :, variable] == value
    edges = np.diff(at.astype(np.int8), axis=1, prepend=0, append=0)
    members, starts = np.nonzero(edges == 1)
    lengths = np.nonzero(edges == -1)[1] - starts
    longest = int(np.argmax(lengths)) if lengths.size else 0
    if not lengths.size or lengths[longest] < max(_STRETCH, at.sum() / 2):
        return ""
    return (
        f"if the {lengths[longest]:,} steps from {record.place(int(members[longest]), int(starts[longest]))} at this "
        f"value were never measured or written, make a gap of them ({option('missing', f'{value:.10g}')} --gaps "
        "split); else "
    )


def _singular(density: AtomsAndWalls) -> str:
    if density.distinct <= _FEW_VALUES:
        return f"takes {density.distinct} different values"
    if density.atoms and density.atoms[0][1] >= _ATOM:
        value, share = density.atoms[0]
        return f"is exactly {value:.6g} in {share:.1%} of all states"
    return ""


def check_memory(record: Record) -> None:
    r"""Refuse to keep noise of the measurement out of variables whose state one step before tells nothing of them.

    The canonical correlations of $x_t$ and $x_{t-1}$ (Hotelling, Biometrika 28, 321, 1936) are the singular values of
    their cross-covariance in whitened coordinates. Of n independent pairs each is about $n^{-1/2}$ by chance; the
    instruments divide by the smallest, which has to be four times that.

    Raises:
        OptionError: The smallest canonical correlation of the state with the one before is no more than chance.
    """
    flat = stretches(record.flat)
    if not record.dimension < flat.shape[1]:
        return
    past, present = (part.reshape(-1, record.dimension) for part in (flat[:, :-1], flat[:, 1:]))
    spread = present.std(axis=0)
    past, present = ((part - part.mean(axis=0)) / spread for part in (past, present))
    count = len(past)
    # Whitened by the eigenvectors of both together; the weakest direction is made of the variables once more.
    sizes, axes = np.linalg.eigh((past.T @ past + present.T @ present) / (2 * count))
    whiten = axes / np.sqrt(np.maximum(sizes, 1e-12 * sizes[-1]))
    _, correlations, directions = np.linalg.svd(whiten.T @ (past.T @ present / count) @ whiten)
    if correlations[-1] > _REMEMBERED / np.sqrt(count):
        return
    name = record.names[int(np.argmax(np.abs(whiten @ directions[-1])))]
    others = options("state", [other for other in record.names if other != name])
    without = f"leave '{name}' out of the state ({others}), " if others else ""
    raise OptionError(
        f"noise of the measurement was to be kept out of '{name}', of which the state one step before tells nothing "
        f"(correlation {correlations[-1]:.2g} over {count:,} pairs of steps)",
        "the state one step before takes the place of the state, so that it has to tell of it",
        f"{without}leave {option('measurement-noise')} out, or give a record with shorter steps",
    )


def check_answer(found: Responses, pushes: Sequence[str], notes: Sequence[str] = ()) -> None:
    """Refuse an answer whose own identities fail by far more than any sampling error.

    Args:
        found: The answer.
        pushes: Names of the pushes.
        notes: What was noticed in the record before, such as a beginning that has not settled: the likely cause.

    Raises:
        DataError: The calibrated conjugate observable of a push misses the Stein identity of linear functions.
    """
    bad = [name for name, defect in zip(pushes, found.defect_after, strict=True) if not defect < _USELESS]
    if not bad:
        return
    cause = (
        "no smooth density fits the record: values that are discrete, cut off or very skewed, a variable that is a "
        "function of others, or a system without noise"
    )
    remedy = (
        "look at the pushed variables (of very skewed ones take the logarithm), leave out what follows from others, or "
        "average in time"
    )
    if found.times.effective_size < WANDERS:
        lacks, remedy = WANDERING
        cause = f"the record is worth only about {found.times.effective_size:.0f} independent states: {lacks}"
    if notes:
        remedy = f"do first what was noticed in the record ({' '.join(notes).rstrip('.')}); else {remedy}"
    raise DataError(
        f"the answer to {listed(bad)} misses identities that every right one fulfils, by more than {_USELESS:.0%} of "
        "the push",
        cause,
        f"{remedy}; to see the numbers all the same, --allow-unreliable",
    )

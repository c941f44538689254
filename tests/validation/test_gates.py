"""The checks of records: nothing that was planted is met in silence, and clean records are hardly ever spoken of.

``python -m pytest -m slow -s tests/validation/test_gates.py`` prints the table of kinds.
"""

import functools
import re

import numpy as np
import pandas as pd
import pytest
from planted import PLANTS, Plant, spin_up
from scipy.stats import binom

import fluctua
from fluctua.core import FluctuaError
from fluctua.data import Record, validate
from fluctua.response import Headline, RecordSigns
from fluctua.results import sign_diagnostics
from fluctua.statistics import Estimate, atoms_and_walls
from fluctua.systems import system_named
from fluctua.verbs import to_record

SYSTEMS = (
    "ornstein-uhlenbeck",
    "quartic",
    "enso-triad",
    "scalar-additive",
    "scalar-multiplicative",
    "power-law",
    "lorenz96",
    "lorenz63",
)
EACH = 75
VARIABLES = 6  # the first ones of the ring of twenty


@functools.cache
def records(name: str) -> Record:
    """75 records of 6000 states, as members."""
    system = system_named(name)
    made = fluctua.simulate(name, duration=6000 * system.dt * system.save_every, members=EACH, seed=5)
    return to_record(made)


def one_of(name: str, states: np.ndarray) -> Record:
    system = records(name)
    names = (*system.names[:VARIABLES], "copy")[: states.shape[-1]]
    return Record(states[None] if states.ndim == 2 else states, dt=system.dt, names=names)


def said(record: Record, pushed: int) -> list[str]:
    """All that is said by validation, which may refuse the record, and of the densities."""
    warnings = validate(record, 10 * record.dt)
    nothing = Estimate(np.zeros((1, 2, 1)), np.zeros((4, 1, 2, 1)), 4)
    no = np.zeros((1, 1), bool)
    headline = Headline(nothing, nothing, np.ones((1, 1), int), no, no, np.ones((1, 1)))
    every = np.arange(record.dimension)
    signs = RecordSigns(None, None, None, tuple(atoms_and_walls(record.flat)), None, every >= 0, every == pushed)
    return [*warnings, *(each.text for found in sign_diagnostics(signs, headline, record).values() for each in found)]


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_nothing_planted_is_met_in_silence(plant: Plant) -> None:
    """Of each kind 24 records, in any column, with the push on it or on another one; strengths and places are drawn.

    A start 8 deviations away in a record that goes 6.8 away by itself (one in twenty-five of scalar-additive's) is not
    told from it: 2 of 400 such starts are missed, and as many of 24 as twice that share explains but once in a million.
    """
    rng, silent = np.random.default_rng(), []
    for index in range(24):
        name = SYSTEMS[index % len(SYSTEMS)]
        states = records(name).values[int(rng.integers(EACH)), :, :VARIABLES]
        column, pushed = (int(rng.integers(states.shape[1])) for _ in range(2))
        bad = one_of(name, plant(states, column, rng))
        try:
            found = said(bad, pushed)
        except FluctuaError as error:
            found = [str(error)]
        if not any(re.search(PLANTS[plant], text) for text in found):
            silent.append((name, bad.names[column], bad.names[pushed], found))
    print(f"\n{plant.__name__:20} {24 - len(silent)} of 24 named")
    missed = {spin_up: 0.01}.get(plant, 0.0)
    assert len(silent) <= binom.isf(1e-6, 24, missed), silent


@pytest.mark.slow
def test_clean_records_are_let_pass() -> None:
    """600 records with light and heavy tails: at most 1 % are refused and 3 % warned about."""
    refused, warned = [], []
    for name in SYSTEMS:
        for states in records(name).values:
            try:
                found = said(one_of(name, states[:, :VARIABLES]), pushed=0)
            except FluctuaError as error:
                refused.append(f"{name}: {error}")
            else:
                warned += [f"{name}: {found}"] if found else []
    print(f"\n{len(refused)} refused and {len(warned)} warned about, of {len(SYSTEMS) * EACH}")
    assert len(refused) <= 6, refused
    assert len(warned) <= 18, warned


def in_pieces(name: str, states: np.ndarray, missing: np.ndarray, column: int) -> Record:
    """The record with gaps in one variable, cut there."""
    values = states[:, :VARIABLES].copy()
    values[missing, column] = np.nan
    columns = records(name).names[: values.shape[1]]
    return to_record(pd.DataFrame(values, columns=list(columns)), gaps="split")


def without_regard_to_the_state(steps: int, kind: int, rng: np.random.Generator) -> np.ndarray:
    """Gaps one by one, long ones, clusters of them, or those of a clock."""
    missing = np.zeros(steps, bool)
    if kind == 0:
        return rng.random(steps) < rng.uniform(0.003, 0.1)
    if kind == 1:
        for start in rng.integers(steps, size=rng.integers(12, 60)):
            missing[start : start + rng.geometric(0.05)] = True
    elif kind == 2:
        for middle in rng.integers(steps, size=6):
            missing[np.clip(middle + rng.integers(-60, 60, 15), 0, steps - 1)] = True
    else:
        period = int(rng.integers(8, 100))
        missing = (np.arange(steps) + rng.integers(period)) % period < rng.uniform(0.1, 0.5) * period
    return missing


@pytest.mark.slow
def test_gaps_that_depend_on_the_state_are_named() -> None:
    """Of 120 records with a dozen such gaps or more, in which tails of 1 to 5 % are missing, none is met in silence."""
    rng, silent, looked = np.random.default_rng(), [], 0
    while looked < 120:
        name = SYSTEMS[looked % len(SYSTEMS)]
        states = records(name).values[int(rng.integers(EACH)), :, :VARIABLES]
        column, share = int(rng.integers(states.shape[1])), rng.uniform(0.01, 0.05)
        side = rng.choice([-1, 1])
        values = side * states[:, column]
        missing = values > np.quantile(values, 1 - share)
        if np.count_nonzero(np.diff(missing.astype(int)) == 1) < 20:
            states = np.concatenate(records(name).values[:4, :, :VARIABLES])
            values = side * states[:, column]
            missing = values > np.quantile(values, 1 - share)
        found = in_pieces(name, states, missing, column)
        looked += 1
        if not any("depend on" in text for text in found.doubts):
            silent.append((name, column, share, len(found.borders)))
    print(f"\n{looked - len(silent)} of {looked} dependent gaps named")
    assert not silent, silent


@pytest.mark.slow
def test_gaps_that_do_not_are_let_pass() -> None:
    """600 records, 150 for each kind of gaps: one in a thousand may be spoken of, so more than three never are."""
    rng, spoken = np.random.default_rng(), []
    for name in SYSTEMS:
        for index, states in enumerate(records(name).values):
            kind = index % 4
            missing = without_regard_to_the_state(len(states), kind, rng)
            found = in_pieces(name, states, missing, int(rng.integers(min(VARIABLES, states.shape[1]))))
            spoken += [(name, kind, found.doubts)] if found.doubts else []
    print(f"\n{len(spoken)} spoken of, of {len(SYSTEMS) * EACH}")
    assert len(spoken) <= 3, spoken

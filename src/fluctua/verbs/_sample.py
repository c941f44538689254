"""The verb that draws new states from the density of a record."""

import json
import warnings
from collections.abc import Sequence
from os import PathLike
from typing import Annotated

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from ..certify import compare_states
from ..core import (
    AbstractProgress,
    Choice,
    DataError,
    FluctuaWarning,
    OptionError,
    Unrecorded,
    checked,
    named,
    named_key,
    worded,
)
from ..data import Record, validate
from ..noise import geometric_levels, noise_law_named, noise_law_text
from ..results import (
    SAMPLE,
    AbstractDiagnostic,
    DrawnStates,
    FittedScore,
    differences,
    provenance,
    size_diagnostics,
    states_dataset,
    warned,
)
from ..sampling import (
    AbstractLevelSampler,
    check_law,
    draw_states,
    noised_states,
    posterior_mean_step,
    sampler_named,
)
from ..statistics import timescales
from ..training import check_target
from ._forms import Data
from ._inputs import Anomaly, Gaps, Names, Rename, Standardise, check_seed, reading, to_record
from ._noised_score import NoisedSource, fit_noised, learning_diagnostics, noised_source, tails_diagnostics

_MOST_VALUES = 500_000_000
_MOST_LEVELS = 10_000


@checked
def sample(
    data: Data,
    count: int = 10_000,
    *,
    score: FittedScore | str | PathLike[str] | None = None,
    noise: Annotated[str | None, Choice("noise law")] = None,
    sampler: Annotated[str, Choice("sampler")] = "flow",
    levels: int = 60,
    seed: int = 0,
    variable: Names = None,
    member: str | None = None,
    drop: Sequence[str] = (),
    rename: Rename = (),
    gaps: Gaps | None = None,
    homogeneous: Sequence[str] = (),
    anomaly: Anomaly = None,
    harmonics: int | None = None,
    cycle: Sequence[float] = (),
    standardise: Standardise = None,
    detrend: bool = False,
    trend_degree: int | None = None,
    missing: Sequence[float] = (),
    keep_outliers: bool = False,
    steps: bool = False,
    skip: int = 0,
    progress: Annotated[AbstractProgress | None, Unrecorded()] = None,
) -> DrawnStates:
    r"""Draw new states, independent of one another, from the stationary density of a record.

    The record is whitened and noised by a law $q$; one network learns the score and the posterior mean of
    $y = z + \sigma n$ at all levels $\sigma$ (``fluctua.training.fit_noised_score``). A sampler takes states from the
    largest level, where the noise hides the record, down to the smallest one, and a last step to the posterior mean
    takes the rest of the noise away.

    States start as $g + \sigma_{max} n$ with $g$ normal, of the mean and covariance of the record (of its medians and
    median absolute deviations, where it has far tails). Started from pure noise around the mean, what is drawn would
    lack the share $1 / \sigma_{max}^2$ of the variance. Started from the noised record, it would be no new states: each
    correlated with the one it came from, by nearly $1 / \sigma_{max}$, and far out in heavy tails a copy of it.

    Args:
        data: The record: .csv, .nc or .zarr, file.nc:/group, or a pattern such as ``"run*.nc"`` for several, which are
            members, or pieces that follow one another. In Python also a Dataset or DataArray over (``member``,)
            ``time``, a DataFrame or Series, an array (time, variable), a list of these, or a record
            (``fluctua.data.record_from_array`` has names and a time step).
        count: Number of states to draw.
        score: File of a score to draw from: of an earlier call, or a network of ``fit_score``; by default score and
            posterior mean are fitted. In Python also the score itself.
        noise: Noise law, such as ``student-t:df=4``; Gaussian by default. A score that is given has its own.
        sampler: Sampler. Those that move states by the posterior mean need a law with a mean.
        levels: Number of noise levels, in constant ratio.
        seed: Seed of every random choice; the same seed and data give the same states.
        variable: Variable to use: several that are numbers at each step, or one on a grid; its cells are treated as
            a list of variables.
        member: Dimension of separate runs (of a table, the column) where its name does not say so; none if no
            dimension is one.
        drop: Variable to pass over.
        rename: Another name for a variable or a dimension, as OLD=NEW; the other options use the new one. In Python
            also a mapping.
        gaps: Cut the record into pieces where times or values are missing, and take members of any length with their
            own times; no pair of times crosses a border.
        homogeneous: Refused: states of homogeneous fields cannot be drawn.
        anomaly: Remove the mean seasonal cycle first, and draw anomalies: month for monthly data, dayofyear (smooth)
            for shorter steps; or the mean daily cycle, hour; dayofyear and hour together let the daily cycle follow
            the seasons.
        harmonics: Number of harmonics of the smooth cycles that are removed; 4 by default.
        cycle: Period of another cycle to remove, in the time units of the record; no dates are needed, nor that it is a
            whole number of steps.
        standardise: Divide anomalies by the standard deviation of their month or of their time of day; pushes and
            answers are then in these standard deviations.
        detrend: Remove a linear trend first.
        trend_degree: Degree of the polynomial in time that ``detrend`` removes in place of a straight line.
        missing: Number that stands for a missing value, such as -99.9; it becomes a gap.
        steps: Take every row for one step, whatever its time.
        skip: Number of steps to leave out at the beginning.
        keep_outliers: Take values far from all others for measured ones, not for codes.
        progress: Where progress is shown.

    Returns:
        The states, with how they agree with the record, and the score.

    Raises:
        FluctuaError: The record or an option cannot be used; the message says what to do.

    Example:
        A network that has learned nothing yet is the score of a Gaussian; without ``score`` one is trained.

        >>> import fluctua, jax, numpy as np, xarray as xr
        >>> from fluctua.networks import MultilayerPerceptron
        >>> from fluctua.scores import NetworkScore, Whitening, WhitenedPreconditioning
        >>> from fluctua.scores.noised import Denoiser
        >>> record = xr.Dataset({"x": ("time", np.random.default_rng(0).standard_normal(500))})
        >>> network = MultilayerPerceptron(1, 1, key=jax.random.key(0))
        >>> denoiser = Denoiser(network, WhitenedPreconditioning(), 0.05, 10.0)
        >>> network = NetworkScore(Whitening.of(np.zeros(1), np.eye(1)), denoiser)
        >>> from fluctua.results import FittedScore
        >>> score = FittedScore(network, ("x",), "network", 0.0, 0.0, 0.0)
        >>> drawn = fluctua.sample(record, 200, score=score, levels=10)
        >>> dict(drawn.states.sizes), drawn.agreement.agrees
        ({'sample': 200}, True)

    References:
        Deasy, Simidjievski and Lio, *Heavy-tailed denoising score matching*, arXiv 2112.09788 (2021), for the score;
        Karras, Aittala, Aila and Laine, *Elucidating the design space of diffusion-based generative models* (2022), for
        the levels.
    """
    given = dict(locals())
    _check_options(count, levels, seed, sampler)
    _refuse_homogeneous(homogeneous)
    record = to_record(data, **reading(given))
    _refuse_homogeneous(record.homogeneous)
    _check_record(count, record)
    found: list[AbstractDiagnostic] = [*warned(validate(record, keep_outliers=keep_outliers))]
    times, key = timescales(record.flat, record.borders), named_key(jax.random.key(seed), "sample")
    found += size_diagnostics(times.effective_size)
    if score is None:
        law = noise_law_named(noise or "gaussian", record.dimension)
        check_target(law, record.dimension)
        check_law(sampler, law)
        score = fit_noised(record, law, times, named_key(key, "training"), progress)
    elif noise is not None:
        raise OptionError(
            f"the noise law '{noise}' was given beside a score",
            "a score has the law that it was learned with",
            "leave --noise out, or leave --score out to have one fitted with this noise",
        )
    fitted, source = noised_source(score, record)
    check_law(sampler, source.noised.law)
    found += [*tails_diagnostics(record, source.noised.law), *learning_diagnostics(source)]
    states = _draw(source, sampler_named(sampler), count, levels, named_key(key, "states"), progress)
    agreement = compare_states(record.flat, states)
    found += differences(agreement, record.names)
    notes = [diagnostic.warning for diagnostic in found if diagnostic.warning]
    for note in notes:
        warnings.warn(worded(note), FluctuaWarning, stacklevel=3)
    about = {
        "title": f"States drawn from the density of {record.title}",
        "sampler": sampler,
        "levels": levels,
        "noise": noise_law_text(source.noised.law),
        "score_method": fitted.method,
        "score_loss_heldout": fitted.heldout_loss,
        "largest_distance": float(agreement.distance.max()),
        "warnings": json.dumps(notes),
        **provenance(record, seed, "network", "heavy-tails"),
    }
    return DrawnStates(states_dataset(states, record, about), agreement, record.names, fitted, tuple(found))


def _draw(
    source: NoisedSource,
    sampler: AbstractLevelSampler,
    count: int,
    levels: int,
    key: PRNGKeyArray,
    progress: AbstractProgress | None,
) -> np.ndarray:
    """Drawn states in the units of the record, shape ``(count, d)``."""
    ladder = geometric_levels(*source.levels, levels)[::-1]
    noised = source.noised
    centres = jax.random.normal(named_key(key, "centres"), (count, noised.dimension))
    start = noised_states(centres, float(ladder[0]), noised.law, named_key(key, "start"))
    states = draw_states(sampler, noised, start, ladder, key=named_key(key, "sampler"), progress=progress)
    return source.to_record(posterior_mean_step(noised, states, float(ladder[-1])))


def _check_options(count: int, levels: int, seed: int, sampler: str) -> None:
    if count < 1:
        raise OptionError(f"{count} states were asked for", "at least one is drawn", "give --count 10000")
    if not 2 <= levels <= _MOST_LEVELS:
        raise OptionError(
            f"{levels} noise levels were asked for",
            f"a whole number from 2 to {_MOST_LEVELS:,} is needed, and some tens for states that agree with the record",
            "give --levels 60",
        )
    check_seed(seed)
    named("sampler", sampler)


def _refuse_homogeneous(homogeneous: Sequence[str]) -> None:
    if homogeneous:
        raise OptionError(
            f"a field with the homogeneous dimension {', '.join(homogeneous)} was given",
            "states are drawn of a list of variables, or of a small field cell by cell; the scores of homogeneous "
            "fields are known without noise only",
            "leave --homogeneous out, or give the amplitudes of the field's leading modes as variables",
        )


def _check_record(count: int, record: Record) -> None:
    """Refuse what has no place in the output: the name of its dimension, and more values than fit."""
    names = record.names if record.field is None else (record.field, *record.dims)
    if SAMPLE in names:
        raise DataError(
            f"{record.title} has a variable or dimension called '{SAMPLE}'",
            "the dimension along which drawn states are counted has that name",
            "rename it in the record",
        )
    if count * record.dimension > _MOST_VALUES:
        raise OptionError(
            f"{count:,} states of {record.dimension:,} variables were asked for",
            f"at most {_MOST_VALUES:,} values are drawn at a time",
            f"give --count {_MOST_VALUES // record.dimension}, and other seeds for more",
        )

"""The main verb: a record in, responses with bands out."""

import functools
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import jax

from ..core import (
    AbstractProgress,
    Choice,
    FluctuaWarning,
    OptionError,
    Specification,
    Unrecorded,
    checked,
    named_key,
    worded,
)
from ..data import validate
from ..results import HomogeneousField, ResponseResult, response_result
from ._answers import answer_of_field, answer_of_variables
from ._at_lag_zero import check_lag_zero
from ._far_observables import check_variances
from ._forms import Data
from ._gates import check_answer, check_densities, check_memory, state_of
from ._homogeneous import to_channels, to_reflections
from ._inputs import (
    Anomaly,
    Gaps,
    Names,
    Observe,
    Rename,
    Standardise,
    check_seed,
    reading,
    to_record,
    without_borders,
)
from ._lags import History, Lag, to_delays, to_lag, to_steps
from ._modes import check_modes, in_modes, to_modes
from ._pushes import PatternFiles, Push, to_pushes
from ._respond_options import check_confidence, check_features, check_size, to_transport
from ._skewed import check_skewness
from ._turning import check_field_turns, check_turns

_MOST_NAMES = 100  # observables that are recorded by name


@checked
def respond(
    data: Data,
    push: Push | None = None,
    observe: Observe = None,
    *,
    max_lag: Lag,
    push_file: PatternFiles = (),
    score: Annotated[Any, Choice("score family", also=("auto",))] = "auto",
    seed: int = 0,
    confidence: float = 0.95,
    dictionary_degree: int | None = None,
    features: str = "auto",
    variable: Names = None,
    member: str | None = None,
    drop: Sequence[str] = (),
    state: Sequence[str] = (),
    rename: Rename = (),
    gaps: Gaps | None = None,
    modes: int | None = None,
    homogeneous: Sequence[str] = (),
    reflect: Sequence[str] = (),
    transport: Sequence[float] | None = None,
    measurement_noise: bool = False,
    delays: History = None,
    anomaly: Anomaly = None,
    harmonics: int | None = None,
    cycle: Sequence[float] = (),
    standardise: Standardise = None,
    detrend: bool = False,
    trend_degree: int | None = None,
    missing: Sequence[float] = (),
    keep_outliers: bool = False,
    allow_unreliable: bool = False,
    steps: bool = False,
    skip: int = 0,
    progress: Annotated[AbstractProgress | None, Unrecorded()] = None,
) -> ResponseResult:
    r"""How a system responds to a push, from nothing but a record of it unperturbed.

    The impulse response $K(t)$ of an observable $A$ to the push $u$ is the change of $E[A(x_t)]$ per unit
    displacement of the state by $u(x_0)$ at time zero; the response to a push $\varepsilon f(t) u(x)$ added to the
    drift is $\varepsilon \int_0^t K(t - t') f(t') dt'$. It is estimated by the generalised
    fluctuation-dissipation theorem (``fluctua.response``): by a robust form that assumes stationarity alone, and by a
    quieter one that assumes that the recorded state is Markov. A test decides which leads; both bands are given.

    A field that is statistically homogeneous along periodic dimensions is pushed at one cell, and its response is that
    of the whole field as a function of the offset from the push, averaged over translations, wavenumber by wavenumber
    (``fluctua.response``).

    Args:
        data: The record: .csv, .nc or .zarr, file.nc:/group, or a pattern such as ``"run*.nc"`` for several, which are
            members, or pieces that follow one another. In Python also a Dataset or DataArray over (``member``,)
            ``time``, a DataFrame or Series, an array (time, variable), a list of these, or a record
            (``fluctua.data.record_from_array`` has names and a time step).
        push: State variable to push, unit amplitude; a cell of a field as ``"u[y=0,x=0]"``, where its place along
            homogeneous dimensions makes no difference. A sum such as ``"x + 2*y"`` pushes x by 1 and y by 2, the same
            in every state, and ``"sd(x)"`` x by its standard deviation. A push that depends on the state names what is
            added to the drift of a variable: ``"damping: x=-0.1*x"``, where what stands before the colon is its name.
            In Python also a mapping from names of your choice to any of these, to weights such as ``{"x": 1, "y":
            2}``, to arrays or maps, or to vector fields: functions of one state, shape ``(d,)``, written with
            ``jax.numpy``.
        observe: Observable, such as ``"u1**2"`` or ``"x > 2.5"``; of a homogeneous field an expression in its own name,
            such as ``"u**2"``, taken at every point. By default every state variable, or the field. In Python also a
            mapping from names to functions of states ``(..., d)``, or of fields ``(n, channels, *grid)``.
        max_lag: Largest lag, in the time units of the record, or a duration such as ``"5 days"``.
        push_file: NetCDF or Zarr file of patterns to push: maps over the dimensions of the field, named as pushes are
            to be called.
        score: Family of scores, or the file of a fitted score. With auto, gaussian and dictionary the response of a
            list of variables is made of functions of the record, and the score is there for its checks and the plug-in
            response. In Python also a score of ``fluctua.fit_score``, or a function of one state; of a homogeneous
            field that is flat, its other dimensions first.
        seed: Seed of every random choice; the same seed and data give the same numbers.
        confidence: Confidence of the pointwise bands.
        dictionary_degree: Total degree of the calibration dictionary, or of the pointwise functions of a homogeneous
            field; by default up to 3.
        features: Functions of a list of variables that the response is made of: auto for as many as the record carries,
            or linear, additive (with powers up to the third), pairs (with all products of two variables) or triples
            (with those of degree three), whatever it carries.
        variable: Variable to use: several that are numbers at each step, or one on a grid.
        member: Dimension of separate runs (of a table, the column) where its name does not say so; none if no
            dimension is one.
        drop: Variable to pass over.
        state: Variable that is part of the state; by default all are. The others may be observed, and are not pushed.
        rename: Another name for a variable or a dimension, as OLD=NEW; the other options use the new one. In Python
            also a mapping.
        gaps: Cut the record into pieces where times or values are missing, and take members of any length with their
            own times; no pair of times crosses a border.
        modes: Reduce the gridded variables to so many leading modes (empirical orthogonal functions, by xeofs; without
            land, cells weighted by latitude, several variables each over its total deviation). They are the state
            variables PC1, PC2, ... in units of their standard deviations; responses are also given as maps, and maps
            are pushed with ``push_file``. In Python a map may be the push.
        homogeneous: Periodic, evenly spaced dimension along which the system is statistically the same.
        reflect: Homogeneous dimension along which the system is also symmetric under reflection, which halves the
            noise; DIM:odd if the field changes sign, as vorticity does.
        transport: For the vorticity of a two-dimensional flow (or what is carried along as if it were one): time for
            which the field is carried along by its own flow, to make a further function of the present, in units in
            which the field is an inverse time. By default the record is tested for it; 0 is for none.
        measurement_noise: Keep noise of the measurement out of the answer, which has to be independent from one time to
            the next: functions of the state before take the place of those of the state (``fluctua.response``). For a
            list of variables, and pushes that are the same in every state.
        delays: P,S for a record that does not hold the whole state: the answer is that given P earlier states as well,
            S time units apart, of which the push moves none; members begin P times S later. The robust estimate is also
            given with 0, 1, 2 and 4 of them: how far it moves is a lower bound of what hidden variables do to it, not a
            correction. In Python a tuple, such as ``(4, 0.5)``.
        anomaly: Remove the mean seasonal cycle first: month for monthly data, dayofyear (smooth) for shorter
            steps; or the mean daily cycle, hour; dayofyear and hour together let the daily cycle follow the seasons.
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
        allow_unreliable: Answer also where no answer can be right: to a push on a variable without a density, or with
            identities that fail by far.
        progress: Where progress is shown.

    Returns:
        ``impulse_response`` and ``step_response`` with ``_lower`` and ``_upper`` (the band of the estimate that leads)
        and ``_outer_lower`` and ``_outer_upper`` (stationarity alone), ``simultaneous_lower`` and ``_upper`` (all lags
        at once), ``markov_response`` and ``robust_response`` with ``_stderr``, and ``gaussian_response`` with its band,
        over (push, lag, observable); ``headline`` (which of the two leads), ``markov_p_value`` and ``markov_step`` over
        (push, observable); with diagnostics. With ``delays`` also ``delay_response`` and ``delay_step_response`` with
        ``_stderr``, robust and all from the same origins, over (push, delays, lag, observable). Of a field, its own
        dimensions stand in for ``observable`` or come after it; along homogeneous ones the coordinate is the offset
        from the push, from 0 on, periodic. With ``modes`` also all of these as maps, ``sst_impulse_response`` over
        (push, lag, the dimensions of ``sst``) and so on, and ``sst_mode``, the map of one standard deviation of each.
        A number is in units of its observable for one unit of its push; the table as a whole has no unit, for its
        observables have several. Functions of xarray take ``.dataset``.

    Raises:
        FluctuaError: The record or an option cannot be used; the message says what to do.

    Example:
        >>> import fluctua
        >>> record = fluctua.simulate("ornstein-uhlenbeck", duration=4000.0, seed=1)
        >>> result = fluctua.respond(record, push="x1", observe=["x1", "x2**2"], max_lag=3.0, score="gaussian")
        >>> sorted(result.sizes.items())[0], float(result.impulse_response.sel(observable="x1")[0, 0].round(6))
        (('bin', 48), 1.0)

    References:
        Giorgini, Deck, Bischoff and Souza, *Response theory via generative score modeling*, PRL 133, 267302 (2024).
    """
    given = dict(locals())
    check_seed(seed)
    check_confidence(confidence)
    read = functools.partial(to_record, data, **reading(given), stored=True)
    turns: list[str] = []
    if modes is None:
        record = read()
    else:
        kept = {"keep_outliers": keep_outliers, "refuse": not allow_unreliable}
        record, turns = to_modes(read, variable, homogeneous, modes, **kept)
    if measurement_noise or delays is not None:
        record = without_borders(record)
    whole, record = record, state_of(record, state)
    given["max_lag"] = lag = to_lag(max_lag, record)
    lags = to_steps(lag, record)
    reflections = to_reflections(reflect, record)
    field = HomogeneousField.of(record) if record.homogeneous else None
    record.read_for("survey", progress)
    notes = [*turns, *validate(record, lag, keep_outliers=keep_outliers)]
    history = to_delays(delays, lags, record)
    times = to_transport(transport, record)
    options: dict[str, Any] = {
        "max_lag": lags,
        "key": named_key(jax.random.key(seed), "respond"),
        "degree": dictionary_degree,
        "progress": progress,
    }
    check_features(features, dictionary_degree, field)
    if field is None:
        own = {"noisy": measurement_noise, "features": features, "delays": history}
        if record.modes is not None:
            record, observe, push, poor = in_modes(record, observe, push, push_file)
            notes, push_file = [*notes, *poor], ()
        given_pushes = to_pushes(push, record, push_file)
        if record.modes is not None:
            check_size(len(given_pushes), lags, record.modes.weights.size)
        if not allow_unreliable:
            check_densities(given_pushes, record)
            if measurement_noise:
                check_memory(record)
        notes = [
            *notes,
            *check_turns(given_pushes, record, whole, observe, refuse=not allow_unreliable),
            *check_skewness(given_pushes, record, refuse=not allow_unreliable),
        ]
        answer = answer_of_variables(record, whole, given_pushes, observe, score, options | own)
        notes = [*notes, *check_variances(observe, whole)]
        check_modes(record, answer.found)
        if not measurement_noise and delays is None and record.modes is None:
            notes = [*notes, *check_lag_zero(answer.found, given_pushes, answer.names, record)]
    elif measurement_noise:
        raise OptionError(
            "noise of the measurement of a homogeneous field was to be kept out",
            "that is done for a list of variables",
            "leave --measurement-noise out, or take averages over cells or times in which the noise is small",
        )
    else:
        notes = [*notes, *check_field_turns(record, refuse=not allow_unreliable)]
        answer = answer_of_field(
            field, to_channels(push, field, push_file), observe, score, reflections, options | {"transport": times}
        )
    found, pushes, names, picks, origin = answer
    if not allow_unreliable and picks is None:
        check_answer(found, pushes, notes)
    asked = {
        **given,
        "data": record.source,
        "push": pushes,
        "observe": names if len(names) <= _MOST_NAMES else f"{len(names)} cells",
        "homogeneous": [dim for dim in record.dims if dim in record.homogeneous],
        "reflect": [reflect] if isinstance(reflect, str) else reflect,
        "delays": None if history is None else [history.count, history.step * record.dt],
    }
    record.read_for("data_hash", progress)
    result = response_result(
        found,
        record,
        field,
        pushes=pushes,
        picks=picks,
        observables=None if observe is None and record.is_field else names,
        options=SPECIFICATION.values(asked),
        notes=notes,
        reflections=reflections,
        origin=origin,
    )
    for warning in result.warnings:
        warnings.warn(worded(warning), FluctuaWarning, stacklevel=3)
    return result


SPECIFICATION = Specification.of(respond)

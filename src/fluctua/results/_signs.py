"""What is said of signs that a record cannot carry the answer: what was found, what it means and what to do."""

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core import listed, option, options
from ..data import Record, remedy_for_cycle
from ..response import Headline, RecordSigns
from ..statistics import AtomsAndWalls
from ._diagnostics import AbstractDiagnostic, Said, share_text

REFUSED = 0.05
"""Below this p-value the recorded state is not taken for Markov."""

_LINE, _CERTAIN_LINE = 0.005, 1e-6  # probabilities of a line that matters, and of any
_SMALL_LINE = 0.005  # share of the variance; of long records fainter ones are found, by chance as well
_LARGE, _CLEAR = 0.05, 3.0  # a part that is gone within a step, where nothing tells what it is; in standard errors
_ATOM = 0.01
_FEW_VALUES = 12
_MOST_NAMES = 4


@dataclass(frozen=True)
class MeasurementNoise(AbstractDiagnostic):
    """Part of a variable is noise of its measurement.

    Args:
        variable: The variable with the largest share.
        share: Share of its variance that is noise.
        stderr: Standard error of the share.
        p_value: Probability of as much by chance in a record without such noise.
        others: Further variables with noise.
        kept_out: Whether it is kept out of the answer.
        instruments: Whether it can be: not of a record in pieces, nor beside earlier states.
    """

    variable: str
    share: float
    stderr: float
    p_value: float
    others: tuple[str, ...] = ()
    kept_out: bool = False
    instruments: bool = True

    def say(self) -> Said:
        also = f" ({listed(list(self.others), _MOST_NAMES)} as well)" if self.others else ""
        found = (
            f"Of the variance of {self.variable} {self.share:.1%} (standard error {self.stderr:.1%}) looks like white "
            f"noise of its measurement{also}: it is gone within one step (probability by chance {_p(self.p_value)})"
        )
        if self.kept_out:
            return Said("good", f"{found}. It is kept out of the answer, as the state before has noise of its own.")
        text = (
            f"{found}, and the past helps to forecast, which fast motion alone would not bring about. A push moves the "
            "system and not the noise, so the responses are those of what was read off, most often too small. "
        )
        if self.instruments:
            text += "Ask with --measurement-noise, which keeps noise that is independent from one time to the next out."
        else:
            text += (
                "Give averages over two to four steps, in which such noise is smaller, as long as that is short beside "
                "the time in which the response changes; or a record with less noise."
            )
        return Said("warning", text, text)


@dataclass(frozen=True)
class PossibleNoise(AbstractDiagnostic):
    """A part of the variance is gone within a step, and no test says whether it is noise of the measurement.

    Args:
        variable: The variable with the largest part.
        share, stderr: That part, and its standard error.
    """

    variable: str
    share: float
    stderr: float

    def say(self) -> Said:
        text = (
            f"About {share_text(self.share)} of the variance of {self.variable} (standard error "
            f"{share_text(self.stderr, 1)}) is gone within one step. Motion faster than a step does no harm; noise of "
            "the measurement would make the responses too small by about as much, and this record is too short to tell "
            "one from the other. If it is noise, give --measurement-noise."
        )
        return Said("caution", text)


@dataclass(frozen=True)
class NotMarkov(AbstractDiagnostic):
    """The recorded state is not Markov: something that it does not hold takes part.

    Args:
        p_value: Probability, on a Markov record, of what both tests found.
        memory: Whether it is the past that helps to forecast; else two estimates of the response disagree.
        variable: The variable that the past helps to forecast best.
        before: The variable whose past helps.
        time: Over which time, with its unit.
        known: What else was found that brings this about, if anything.
        held: How many earlier states the state that was tested holds.
        step: Time between earlier states that could be asked for; nothing where they were, or cannot be.
    """

    p_value: float
    memory: bool
    variable: str = ""
    before: str = ""
    time: str = ""
    known: str = ""
    held: int = 0
    step: str = ""

    def say(self) -> Said:
        history = f" and {self.held} earlier ones" if self.held else ""
        if self.memory:
            found = (
                f"Given the present state{history}, the past of {self.before} still helps to forecast {self.variable} "
                f"over {self.time} (p-value {_p(self.p_value)} on a record that holds the whole state)"
            )
        else:
            found = (
                "Carried forward step by step, responses differ from those that are followed directly (p-value "
                f"{_p(self.p_value)} on a record that holds the whole state)"
            )
        cause = f"{self.known} can bring that about" if self.known else "something that is not recorded takes part"
        text = (
            f"{found}: {cause}. The answer is what the record can tell, as if what is hidden moved along as it does in "
            "the record; the true response to pushing a recorded variable alone may differ. Add what is missing to the "
            "record, if it is known"
        )
        if self.step and not self.known:
            text += (
                f". Else give --delays 4,{self.step}: the answer is then that given four earlier states as well, and "
                "how far it moves is a lower bound of what is hidden"
            )
        text += "."
        return Said("warning", text, text)


@dataclass(frozen=True)
class PeriodicForcing(AbstractDiagnostic):
    """A line in the spectrum of a variable.

    Args:
        variable: The variable with the most striking line.
        period: Its period.
        units: Unit of the period.
        share: Share of the variance of the variable that it explains.
        p_value: Probability of a line as striking by chance.
        remedy: The options that take it out, with what was taken out before.
    """

    variable: str
    period: float
    units: str
    share: float
    p_value: float
    remedy: str

    def say(self) -> Said:
        text = (
            f"{self.variable} has a strictly periodic part of period {self.period:.4g} {self.units}, {self.share:.1%} "
            f"of its variance (probability by chance {_p(self.p_value)}). The system is driven by a clock that "
            "the record does not hold: the responses are averages over its phases, and their bands take the cycle for "
            f"chance. Take it out first: {self.remedy}."
        )
        return Said("warning", text, text)


@dataclass(frozen=True)
class SingularDensity(AbstractDiagnostic):
    """A pushed variable whose density has mass at a point, or ends at once; or one beside it with such a mass.

    Args:
        variable: The variable.
        atoms: Values with mass and the share of states that have them.
        walls: Values at which the density ends at once.
        distinct: Number of different values, where there are few; else 0.
        beside: Options with which a variable that is not pushed is no part of the state; nothing for one that is.
    """

    variable: str
    atoms: tuple[tuple[float, float], ...] = ()
    walls: tuple[float, ...] = ()
    distinct: int = 0
    beside: str = ""

    def say(self) -> Said:
        found = []
        if self.distinct:
            found.append(f"has only {self.distinct} different values")
        elif self.atoms:
            named = [f"{value:.4g} in {share:.1%} of all states" for value, share in self.atoms]
            found.append(f"is exactly {listed(named, _MOST_NAMES)}")
        walls = [f"{wall:.4g}" for wall in self.walls]
        if walls and not self.distinct:
            found.append(f"ends abruptly at {' and '.join(walls)}")
        if self.beside:
            text = (
                f"{self.variable} {' and '.join(found)}, and is a part of the state, which has no density then: other "
                "variables are pushed with this one kept as it is. If it follows from them, leave it out of the state "
                f"and observe it ({self.beside}); if the value stands for missing ones, give --missing."
            )
            return Said("caution", text, text)
        text = (
            f"{self.variable} {' and '.join(found)}: a small push on it leads to states that the record does not have, "
            f"so the record does not define the answer to a push on {self.variable}. Take it for a hint, push a "
            "variable that varies smoothly (one that drives it, say), or record it before it is cut off or rounded."
        )
        return Said("caution", text, text)


@dataclass(frozen=True)
class TooLittleNoise(AbstractDiagnostic):
    """The record is that of a nearly deterministic system.

    Args:
        smooth: Whether every variable is smooth in time; else neighbouring states stay neighbours.
        number: The exponent of smoothness, or the bound of the share of noise.
    """

    smooth: bool
    number: float

    def say(self) -> Said:
        if self.smooth:
            found = (
                f"Every variable is smooth in time (mean square differences grow as the power {self.number:.1f} of the "
                "step, 1 for random forcing)"
            )
        else:
            found = (
                "States that are close to each other stay close (random forcing makes at most "
                f"{self.number:.1g} of what the state moves)"
            )
        text = (
            f"{found}: the system is nearly deterministic, and its states lie on a set too thin to have a density, in "
            "which alone a push could be answered. Add the noise of the measurement or of the model that is really "
            "there, average or record more coarsely, or push a coarse variable such as a mean."
        )
        return Said("warning", text, text)


def sign_diagnostics(
    signs: RecordSigns, headline: Headline, record: Record
) -> dict[str, tuple[AbstractDiagnostic, ...]]:
    """What there is to say, by kind; kinds of which nothing was found are left out."""
    noise = _measurement_noise(signs, record)
    line = _line(signs, record)
    found = {
        "measurement noise": noise,
        "possible noise": () if noise else _possible_noise(signs, record),
        "spectral line": line,
        "memory": _memory(signs, headline, record, bool(noise), bool(line)),
        "singular density": _singular(signs, record),
        "too little noise": _too_little_noise(signs),
    }
    return {kind: said for kind, said in found.items() if said}


def sign_attributes(signs: RecordSigns, headline: Headline, record: Record) -> dict[str, Any]:
    """The numbers behind, each by its name in the file."""
    found: dict[str, Any] = {}
    if signs.nugget is not None:
        largest = int(np.argmax(signs.nugget.share))
        found |= {
            "nugget": float(signs.nugget.share[largest]),
            "nugget_stderr": float(signs.nugget.stderr[largest]),
            "nugget_variable": record.names[largest],
        }
    if signs.memory is not None:
        found["memory_p_value"] = signs.memory.p_value
    found["markov_p_value"] = signs.markov_p_value(headline)
    if signs.lines is not None:
        found["spectral_line_p_value"] = signs.lines.overall()
    return found | {"signs": json.dumps(list(sign_diagnostics(signs, headline, record)))}


def _possible_noise(signs: RecordSigns, record: Record) -> tuple[AbstractDiagnostic, ...]:
    if signs.nugget is None or signs.delays is not None:
        return ()
    largest = int(np.argmax(signs.nugget.share))
    share, stderr = float(signs.nugget.share[largest]), float(signs.nugget.stderr[largest])
    return (PossibleNoise(record.names[largest], share, stderr),) if share > max(_LARGE, _CLEAR * stderr) else ()


def _measurement_noise(signs: RecordSigns, record: Record) -> tuple[AbstractDiagnostic, ...]:
    if signs.nugget is None or not signs.is_noisy():
        return ()
    size = len(signs.nugget.pvalue)
    noisy = np.flatnonzero((size * signs.nugget.pvalue < REFUSED) & (signs.nugget.share > 0))
    first, *others = noisy[np.argsort(-signs.nugget.share[noisy], kind="stable")]
    return (
        MeasurementNoise(
            record.names[first],
            float(signs.nugget.share[first]),
            float(signs.nugget.stderr[first]),
            float(min(1.0, size * signs.nugget.pvalue[first])),
            tuple(record.names[each] for each in others),
            signs.noisy,
            signs.delays is None and not record.borders,
        ),
    )


def _memory(
    signs: RecordSigns, headline: Headline, record: Record, noisy: bool, periodic: bool
) -> tuple[AbstractDiagnostic, ...]:
    p_value = signs.markov_p_value(headline)
    if p_value >= REFUSED:
        return ()
    known = " and ".join(
        [*(["the noise of the measurement"] if noisy else []), *(["the periodic forcing"] if periodic else [])]
    )
    held = 0 if signs.delays is None else signs.delays.count
    settled = signs.delays is not None or bool(record.borders)  # earlier states were asked for, or cannot be
    if signs.memory is None or signs.memory.p_value > headline.p_value:
        step = "" if settled else f"{max(1, int(np.median(headline.steps))) * record.dt:.6g}"
        return (NotMarkov(p_value, memory=False, known=known, held=held, step=step),)
    step, test = signs.memory.most_striking()
    moving = [name for name, moves in zip(record.names, signs.moving, strict=True) if moves]
    names, time = (moving[test.after[0]], moving[test.before[0]]), f"{step * record.dt:.3g} {record.time_units}"
    return (NotMarkov(p_value, True, *names, time, known, held, "" if settled else f"{step * record.dt:.6g}"),)


def _line(signs: RecordSigns, record: Record) -> tuple[AbstractDiagnostic, ...]:
    lines = signs.lines
    if lines is None:
        return ()
    probability = np.minimum(1.0, lines.pvalue.size * lines.pvalue)
    there = probability < np.where(lines.share > _SMALL_LINE, _LINE, _CERTAIN_LINE)
    if not there.any():
        return ()
    first = int(np.argmin(np.where(there, probability, np.inf)))
    period = float(record.dt / lines.frequency[first])
    remedy = str(remedy_for_cycle(record, period))
    share, p_value = float(lines.share[first]), float(probability[first])
    return (PeriodicForcing(record.names[first], period, record.time_units, share, p_value, remedy),)


def _singular(signs: RecordSigns, record: Record) -> tuple[AbstractDiagnostic, ...]:
    found = [_density(name, density) for name, density in zip(record.names, signs.densities, strict=True)]
    pushed = [each for each, moved in zip(found, signs.pushed, strict=True) if moved and each is not None]
    beside = [each for each, moved in zip(found, signs.pushed, strict=True) if not moved and each is not None]
    beside = [each for each in beside if (each.atoms or each.distinct) and not record.is_field]
    names = {each.variable for each in beside}
    state = options("state", [name for name in record.names if name not in names])
    told = [
        replace(each, walls=(), beside=f"{state} {option('observe', each.variable)}") for each in beside[:_MOST_NAMES]
    ]
    return (*pushed, *told)


def _density(name: str, density: AtomsAndWalls) -> SingularDensity | None:
    atoms = tuple(atom for atom in density.atoms if atom[1] >= _ATOM)
    walls = tuple(wall for wall in (density.lower_wall, density.upper_wall) if wall is not None)
    distinct = density.distinct if density.distinct <= _FEW_VALUES else 0
    return SingularDensity(name, atoms, walls, distinct) if atoms or walls or distinct else None


def _too_little_noise(signs: RecordSigns) -> tuple[AbstractDiagnostic, ...]:
    small = signs.small_noise
    if small is None or not small.found():
        return ()
    return (TooLittleNoise(small.smooth, small.smoothness if small.smooth else small.bound),)


def _p(value: float) -> str:
    """A p-value, as short as it can be."""
    return "below 1e-9" if value < 1e-9 else f"{value:.2g}"

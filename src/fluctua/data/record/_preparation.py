"""What was taken out of a record before it is used, as the options that do it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preparation:
    """What was taken out of a record, by the options of the verbs; its text is what to type for the same states.

    Args:
        anomaly: Cycles of the calendar whose means were subtracted: ``"month"``, ``"dayofyear"``, ``"hour"``.
        harmonics: Number of harmonics of smooth cycles, where it is not the usual one.
        cycle: Periods of further cycles, in the time units of the record.
        standardise: Groups of steps by whose standard deviations the anomalies were divided: ``"month"``, ``"hour"``.
        detrend: Whether a straight line was taken out, or the polynomial below.
        trend_degree: Degree of the polynomial in time that was taken out, where it is not a straight line.
        skip: Number of steps left out at the beginning, which changes no state and is not in the text.

    Example:
        >>> str(Preparation(anomaly=("dayofyear", "hour"), harmonics=6, cycle=(7.0,)))
        '--anomaly dayofyear --anomaly hour --harmonics 6 --cycle 7'
    """

    anomaly: tuple[str, ...] = ()
    harmonics: int | None = None
    cycle: tuple[float, ...] = ()
    standardise: tuple[str, ...] = ()
    detrend: bool = False
    skip: int = 0
    trend_degree: int | None = None

    def __str__(self) -> str:
        return " ".join(
            [
                *(["--detrend"] if self.detrend else []),
                *([] if self.trend_degree is None else [f"--trend-degree {self.trend_degree}"]),
                *(f"--anomaly {kind}" for kind in self.anomaly),
                *([] if self.harmonics is None else [f"--harmonics {self.harmonics}"]),
                *(f"--cycle {period:.12g}" for period in self.cycle),
                *(f"--standardise {kind}" for kind in self.standardise),
            ]
        )

"""Sizes of the study, by preset: what is swept, how many seeds, how large the networks are."""

from typing import NamedTuple

from fluctua.core import unknown_choice

HEAVY_TAIL_PRESETS = ("quick", "full")
"""Names of the sizes of the study: about twelve minutes, or hours, on two processor cores."""

TASKS = {
    "T1": "error of the learned score, bulk and tail",
    "T2": "two modes at ten to one",
    "T3": "a stable law with index 1.7",
    "T4": "nine modes of different weights",
    "T5": "a stable mixture in 100 dimensions",
    "T6": "Student-t data and Neal's funnel",
    "T7": "imbalanced images",
    "T8": "response of tail observables",
}
"""The tasks of the study and what they are about."""

LOG_TRANSFORM = "log transform, gaussian"
"""The baseline without a heavy-tailed law: logarithms of the states are learned with Gaussian noise."""


class NetworkSize(NamedTuple):
    """The network and the training, the same for every law of a task.

    ``residual`` and ``emphasis`` are those of ``TrainingConfig``.
    """

    width: int = 64
    depth: int = 3
    steps: int = 1000
    batch: int = 256
    residual: bool = False
    emphasis: float = 1.0


class ScoreErrorPlan(NamedTuple):
    """T1: laws, dimensions and numbers of states; levels in standard deviations of the data.

    The first of ``states`` belongs to every dimension; the others to the first dimension alone.
    """

    network: NetworkSize
    betas: tuple[float, ...]
    dimensions: tuple[int, ...]
    states: tuple[int, ...]
    levels: tuple[float, ...] = (0.1, 0.5, 2.0)
    convention_betas: tuple[float, ...] = (1.0,)
    conventions: tuple[str, ...] = ("released", "median-norm")
    test_states: int = 8192


class TwoModesPlan(NamedTuple):
    """T2: laws, the chains drawn from each, and the Langevin steps at each of the two published levels."""

    network: NetworkSize
    laws: tuple[str, ...]
    chains: int
    steps_per_level: int


class StableLawPlan(NamedTuple):
    """T3: the published sizes; the laws are scaled to one median of the norm, since the data have no variance."""

    network: NetworkSize
    laws: tuple[str, ...]
    seeds: int
    states: int = 32_000
    drawn: int = 15_000
    levels: int = 100
    alpha: float = 1.7
    scale: float = 0.1


class ModesPlan(NamedTuple):
    """T4 and T5: laws, states and levels."""

    network: NetworkSize
    laws: tuple[str, ...]
    states: int
    drawn: int
    levels: int


class TailsPlan(NamedTuple):
    """T6: laws, states and levels, for every data set."""

    network: NetworkSize
    laws: tuple[str, ...]
    states: int
    drawn: int
    levels: int
    df: float = 3.0
    dimension: int = 2
    funnel_dimension: int = 3


class ImagesPlan(NamedTuple):
    """T7: laws, and how many images are drawn by each."""

    network: NetworkSize
    laws: tuple[str, ...]
    drawn: int
    levels: int
    copies: int = 20


class HeavyTailPlan(NamedTuple):
    """All sizes of one run.

    Attributes:
        preset: ``"quick"`` or ``"full"``.
        tasks: The tasks that this preset has.
        seeds: Seeds per number, where a task does not say otherwise.
        notes: What a reader must know about the sizes.
    """

    preset: str
    tasks: tuple[str, ...]
    seeds: int
    score_error: ScoreErrorPlan
    two_modes: TwoModesPlan
    stable_law: StableLawPlan
    grid: ModesPlan
    stable_mixture: ModesPlan
    tails: TailsPlan
    digits: ImagesPlan
    images: ImagesPlan
    notes: tuple[str, ...]

    @property
    def full(self) -> bool:
        """Whether this is the larger size."""
        return self.preset == "full"


_MATCHED = (
    "Laws are compared at one standard deviation per component of the noise; where a law has none, at one median of "
    "the norm. Network, training and number of levels are the same for every law of a task.",
    "Where a law or the data have power-law tails, the network reads its input in a bounded form too, and "
    "what it is built on falls off as a power law does; elsewhere its input is standardised. In T1 this comes with the "
    "law: what a power-law law gains there is not the work of the noise alone. In T8 Gaussian noise without it stands "
    "beside the laws.",
    "Standard errors are over the seeds; every seed draws its own data, network and chains.",
    "T2 has a network of its own. There annealed Langevin dynamics takes 20 steps at each of its 40 levels, and 100 "
    "for beta below 1.5 and for power-law noise; the exact score beside it shows what lag is left.",
)
_QUICK = (
    "Quick: small networks, fewer laws and dimensions, and no task T5; numbers of training steps are far below those "
    "of the papers."
)


def heavy_tail_plan(preset: str) -> HeavyTailPlan:
    """The plan of one preset.

    Raises:
        OptionError: An unknown preset.
    """
    if preset not in HEAVY_TAIL_PRESETS:
        raise unknown_choice("preset", preset, HEAVY_TAIL_PRESETS)
    return _full() if preset == "full" else _quick()


def _quick() -> HeavyTailPlan:
    network, longer = NetworkSize(steps=1000), NetworkSize(steps=1500)
    return HeavyTailPlan(
        preset="quick",
        tasks=tuple(task for task in TASKS if task != "T5"),
        seeds=5,
        score_error=ScoreErrorPlan(
            network, betas=(1.0, 1.5, 2.0, 3.0), dimensions=(2, 8), states=(4000,), test_states=4096
        ),
        two_modes=TwoModesPlan(_between_modes(256), ("gaussian", _normal(1.0), _normal(1.5)), 2000, 400),
        stable_law=StableLawPlan(
            longer,
            laws=("gaussian", _stable(1.5), _stable(1.7), _stable(1.9), _student(1.7)),
            seeds=5,
        ),
        grid=ModesPlan(
            network, laws=("gaussian", _normal(1.0), _normal(1.5), _stable(1.8)), states=10_000, drawn=5000, levels=60
        ),
        stable_mixture=_stable_mixture(),
        tails=TailsPlan(
            network,
            laws=("gaussian", _normal(1.0), _student(3.0)),
            states=10_000,
            drawn=10_000,
            levels=60,
        ),
        digits=ImagesPlan(
            NetworkSize(width=128, steps=1000), ("gaussian", _normal(1.25), _normal(1.0)), drawn=1000, levels=60
        ),
        images=_images(),
        notes=(*_MATCHED, _QUICK),
    )


def _full() -> HeavyTailPlan:
    network = NetworkSize(width=64, depth=4, steps=6000, batch=512)
    return HeavyTailPlan(
        preset="full",
        tasks=tuple(TASKS),
        seeds=5,
        score_error=ScoreErrorPlan(
            network,
            betas=(0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 3.0),
            dimensions=(2, 1, 8, 16),
            states=(10_000, 1000, 50_000),
            convention_betas=(1.0, 1.5),
        ),
        two_modes=TwoModesPlan(
            _between_modes(512),
            laws=(
                "gaussian",
                *(_normal(beta) for beta in (1.0, 1.25, 1.5)),
                _student(3.0),
                f"{_normal(1.0)},scale=released",
            ),
            chains=10_000,
            steps_per_level=1000,
        ),
        stable_law=StableLawPlan(
            network,
            laws=(
                "gaussian",
                _normal(1.0),
                *(_stable(alpha) for alpha in (1.5, 1.6, 1.7, 1.8, 1.9)),
                _student(1.7),
                _student(3.0),
            ),
            seeds=20,
        ),
        grid=ModesPlan(
            network,
            laws=("gaussian", _normal(1.0), _normal(1.25), _normal(1.5), _student(3.0), _stable(1.8)),
            states=32_000,
            drawn=10_000,
            levels=100,
        ),
        stable_mixture=_stable_mixture(),
        tails=TailsPlan(
            network,
            laws=("gaussian", _normal(1.0), _normal(1.25), _normal(1.5), _student(3.0), _student(5.0)),
            states=32_000,
            drawn=20_000,
            levels=100,
            funnel_dimension=10,
        ),
        digits=ImagesPlan(
            NetworkSize(width=256, depth=3, steps=6000),
            ("gaussian", _normal(1.5), _normal(1.25), _normal(1.0)),
            drawn=4000,
            levels=100,
        ),
        images=_images(),
        notes=_MATCHED,
    )


def _between_modes(batch: int) -> NetworkSize:
    # Larger and longer than elsewhere: Langevin dynamics asks for the score where hardly any state lies. Chosen on
    # other seeds than those of the study, by the line integral of the error of the score between the modes.
    return NetworkSize(depth=4, steps=6000, batch=batch, residual=True, emphasis=0.0)


def _stable_mixture() -> ModesPlan:
    network = NetworkSize(width=240, depth=4, steps=6000)
    return ModesPlan(
        network, laws=("gaussian", _normal(1.0), _student(3.0), _stable(1.7)), states=20_000, drawn=10_000, levels=100
    )


def _images() -> ImagesPlan:
    return ImagesPlan(
        NetworkSize(width=512, depth=4, steps=8000), ("gaussian", _normal(1.25), _normal(1.0)), drawn=2000, levels=100,
        copies=1,
    )  # fmt: skip


def _normal(beta: float) -> str:
    return f"generalised-normal:beta={beta:g}"


def _stable(alpha: float) -> str:
    return f"symmetric-stable:alpha={alpha:g}"


def _student(df: float) -> str:
    return f"student-t:df={df:g}"

"""A small field with a known score and a small training run, shared by tests and by the processes they start."""

import sys
from pathlib import Path

import jax
import numpy as np

from fluctua.scores import NetworkScore
from fluctua.training import FieldTrainingConfig, TrainingReport, fit_field_network_score

GRID = (4, 8)
SMALL = FieldTrainingConfig(
    network_options={"width": 4, "depth": 1, "expansion": 2},
    batch_size=32,
    steps=200,
    evaluate_every=20,
    heldout_states=256,
    warm_up=5,
    levels=2,
)


def spectrum() -> np.ndarray:
    """Standard deviations on the half spectrum."""
    y, x = np.fft.fftfreq(GRID[0], 1 / GRID[0]), np.fft.rfftfreq(GRID[1], 1 / GRID[1])
    return 1.0 / (1.0 + 0.3 * (y[:, None] ** 2 + x**2))


def gaussian_fields(count: int, seed: int = 0) -> np.ndarray:
    """Homogeneous Gaussian fields, flat."""
    white = np.random.default_rng(seed).standard_normal((count, *GRID))
    return np.fft.irfftn(np.fft.rfftn(white, axes=(1, 2)) * spectrum(), GRID, axes=(1, 2)).reshape(count, -1)


def cubic_fields(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Fields u = g + g^3 of Gaussian fields g, with their score (s_g(g) - 6 g / (1 + 3 g^2)) / (1 + 3 g^2)."""
    fields = gaussian_fields(count, seed)
    transform = np.fft.rfftn(fields.reshape(-1, *GRID), axes=(1, 2)) / spectrum() ** 2
    score = -np.fft.irfftn(transform, GRID, axes=(1, 2)).reshape(count, -1)
    slope = 1.0 + 3.0 * fields**2
    return fields + fields**3, (score - 6.0 * fields / slope) / slope


def small_run(checkpoint: Path | None = None, progress: object = None) -> tuple[NetworkScore, TrainingReport]:
    """The small training run, on parts of single precision."""
    states = cubic_fields(3000)[0].astype(np.float32)
    return fit_field_network_score(
        [states[:900], states[900:]],
        GRID,
        key=jax.random.key(1),
        config=SMALL,
        checkpoint=checkpoint,
        progress=progress,  # pyright: ignore[reportArgumentType]
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    score, report = small_run(folder)
    assert len(jax.devices()) == int(sys.argv[2])
    np.savez(folder / "score.npz", history=report.heldout_history, **score.arrays())  # pyright: ignore

"""Published figures that the study stands beside, with their sources."""

from .rows import Reference

_STABLE = (
    "Shariatian, Simsekli and Durmus, Denoising Lévy probabilistic models, arXiv 2407.18609, as transcribed in the "
    "public repository Diffusion-Research-Lab/gendynamics: mean of 20 seeds, their standard deviation {deviation}"
)

PUBLISHED_MSLE = {
    alpha: Reference(value, _STABLE.format(deviation=deviation))
    for alpha, value, deviation in (
        (1.5, 0.160, 0.128),
        (1.6, 0.081, 0.078),
        (1.7, 0.071, 0.028),
        (1.8, 0.099, 0.044),
        (1.9, 0.132, 0.101),
        (2.0, 0.798, 0.601),
    )
}
"""Mean squared logarithmic error of the quantiles above 95 %, of two stable variables with index 1.7, by the index of
the model's noise; 2 is Gaussian noise. Their size fits the average over the tail, not the integral."""

PUBLISHED_SEEDS = 20
"""Seeds of that table."""

MINORITY_SHARE = 1.0 / 11.0
"""True share of the smaller mode of the published toy: 1000 points of 11 000."""

TOY_LEVELS = (1.0, 0.25)
"""Published noise levels of the toy (released notebook)."""

TOY_STEP = 0.1
"""Published step of its Langevin dynamics, at both levels."""

TOY_SQUARE = 6.0
"""Its chains start uniformly in the square of this half-width."""

GRID_WEIGHTS = (0.01, 0.1, 0.3, 0.2, 0.02, 0.15, 0.02, 0.15, 0.05)
"""Published weights of the nine modes of the grid (arXiv 2407.18609, released code)."""

GRID_DEVIATION = 0.1
"""Published standard deviation of each of them."""

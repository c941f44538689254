"""What the exact conjugate observable makes of a record, in plain NumPy: what a learned one is compared with."""

import itertools

import numpy as np

from fluctua.statistics import Estimate

_BLOCKS = 48  # blocks of time, at least, whose spread is the standard error
_FOLDS = 4


def exact_estimates(
    observed: np.ndarray, conjugate: np.ndarray, values: np.ndarray, push: int, max_lag: int
) -> tuple[Estimate, Estimate]:
    r"""$\langle A_t B \rangle$ as it is, and with a regression of $A_t$ learned from other folds taken off.

    Folds have no gap between them: the conjugate observable is exact, so that the regression can shift nothing.

    Args:
        observed: Observables, shape ``(member, time, p)``.
        conjugate: B, shape ``(member, time)``.
        values: The states, shape ``(member, time, d)``.
        push: The pushed variable.
        max_lag: Largest lag in steps.

    Returns:
        Estimates of shape ``(lags, p)``.
    """
    observed = observed - observed.mean(axis=(0, 1))
    functions, slopes = simple_functions(values, push)
    members, steps, columns = observed.shape
    cuts = np.linspace(0, steps, max(1, -(-_BLOCKS // members)) + 1).astype(int)
    parts = np.arange(members * (len(cuts) - 1)).reshape(members, -1)
    folds = parts * _FOLDS // parts.size
    size, lags = functions.shape[2], np.arange(max_lag + 1)
    products = np.zeros((members, len(cuts) - 1, max_lag + 1, columns))  # sums of A_t B over origins of a block
    defects = np.zeros((members, len(cuts) - 1, max_lag + 1, size))  # sums of u . grad phi - B phi over the same
    counts = np.zeros((len(cuts) - 1, max_lag + 1))
    lagged, pairs = np.zeros((_FOLDS, max_lag + 1, columns, size)), np.zeros((_FOLDS, max_lag + 1))
    gram, states = np.zeros((_FOLDS, size, size)), np.zeros(_FOLDS)
    for block, (start, stop) in enumerate(itertools.pairwise(cuts)):
        later = observed[:, start : stop + max_lag]
        length = 1 << int(np.ceil(np.log2(later.shape[1] + stop - start)))
        spectra = np.fft.rfft(later, length, axis=1)
        origins = np.fft.rfft(conjugate[:, start:stop], length, axis=1).conj()
        products[:, block] = np.fft.irfft(spectra * origins[..., None], length, axis=1)[:, : max_lag + 1]
        here = functions[:, start:stop]
        counts[block] = np.clip(steps - lags - start, 0, stop - start)
        running = np.cumsum(slopes[:, start:stop] - conjugate[:, start:stop, None] * here, axis=1)
        running = np.concatenate([0 * running[:, :1], running], axis=1)
        defects[:, block] = running[:, counts[block].astype(int)]
        transformed = np.fft.rfft(here, length, axis=1).conj()
        for fold in np.unique(folds[:, block]):
            own = folds[:, block] == fold
            both = np.einsum("mwp,mwf->wpf", spectra[own], transformed[own], optimize=True)
            lagged[fold] += np.fft.irfft(both, length, axis=0)[: max_lag + 1]
            pairs[fold] += own.sum() * counts[block]
            flat = here[own].reshape(-1, size)
            gram[fold] += flat.T @ flat
            states[fold] += len(flat)
    regressed = products.copy()
    for fold in range(_FOLDS):
        others = [f for f in range(_FOLDS) if f != fold]
        right = lagged[others].sum(0) / np.maximum(pairs[others].sum(0), 1)[:, None, None]
        matrix = gram[others].sum(0) / states[others].sum()
        weights = np.linalg.lstsq(matrix, right.reshape(-1, size).T, rcond=1e-10)[0]
        weights = weights.reshape(size, max_lag + 1, columns)
        own = folds == fold
        regressed[own] += np.einsum("btf,ftp->btp", defects[own], weights, optimize=True)
    every = np.broadcast_to(counts, (members, *counts.shape))
    return of_blocks(products, every), of_blocks(regressed, every)


def of_blocks(sums: np.ndarray, counts: np.ndarray) -> Estimate:
    """Sums over blocks and numbers of pairs, by member and block, as an estimate whose error is their spread."""
    flat, pairs = sums.reshape(-1, *sums.shape[2:]), counts.reshape(-1, counts.shape[2])[:, :, None]
    value = flat.sum(axis=0) / pairs.sum(axis=0)
    influence = (flat - pairs * value) / pairs.sum(axis=0)
    return Estimate(value, influence * np.sqrt(len(flat) / (len(flat) - 1)), len(flat) - 1)


def simple_functions(values: np.ndarray, push: int) -> tuple[np.ndarray, np.ndarray]:
    """One, powers up to the third of every variable and, of few variables, products of two; with their slopes.

    Returns:
        Shape ``(member, time, f)`` each; the slopes are those along the push.
    """
    scaled = (values - values.mean(axis=(0, 1))) / values.std(axis=(0, 1))
    unit = 1 / values.std(axis=(0, 1))[push]
    one = np.ones((*values.shape[:2], 1))
    functions, slopes = [one], [0 * one]
    for power in (1, 2, 3):
        functions.append(scaled**power)
        slope = np.zeros_like(scaled)
        slope[..., push] = power * scaled[..., push] ** (power - 1) * unit
        slopes.append(slope)
    size = values.shape[2]
    for i in range(size if size <= 6 else 0):
        for j in range(i):
            functions.append(scaled[..., [i]] * scaled[..., [j]])
            slopes.append(unit * ((i == push) * scaled[..., [j]] + (j == push) * scaled[..., [i]]))
    return np.concatenate(functions, axis=-1), np.concatenate(slopes, axis=-1)


def exact_field_estimate(values: np.ndarray, conjugate: np.ndarray, grid: tuple[int, ...], max_lag: int) -> Estimate:
    """The same of a homogeneous field, averaged over translations; members are the blocks.

    Args:
        values: The field, shape ``(member, time, n)``.
        conjugate: Minus its score, same shape.
        grid: Shape of the n points.
        max_lag: Largest lag in steps.

    Returns:
        An estimate of shape ``(lags, n)`` over the offset from the pushed point.
    """
    members, steps, points = values.shape
    axes = tuple(range(2, 2 + len(grid)))
    centred = values - values.mean(axis=(0, 1, 2))
    spectra = np.fft.fftn(centred.reshape(members, steps, *grid), axes=axes)
    origins = np.fft.fftn(conjugate.reshape(members, steps, *grid), axes=axes).conj()
    space = tuple(axis - 1 for axis in axes)
    sums = np.empty((members, 1, max_lag + 1, points))
    for lag in range(max_lag + 1):
        products = (spectra[:, lag:] * origins[:, : steps - lag]).sum(axis=1)
        sums[:, 0, lag] = np.fft.ifftn(products, axes=space).real.reshape(members, -1) / points
    counts = np.broadcast_to(steps - np.arange(max_lag + 1.0), (members, 1, max_lag + 1))
    return of_blocks(sums, counts)

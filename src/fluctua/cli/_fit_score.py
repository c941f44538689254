"""``fluctua fit-score``: fit a score once, use it many times."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ._options import (
    AnomalyOption,
    Debug,
    Degree,
    Detrend,
    Homogeneous,
    Noise,
    Overwrite,
    Quiet,
    Seed,
    TailIndex,
    Variable,
    check_anomaly,
    ends_well,
    progress,
    say,
)


@ends_well
def fit_score(
    data: Annotated[Path, typer.Argument(help="The record: .csv, .nc or .zarr.")],
    out: Annotated[Path, typer.Option(help="File for the score, such as score.safetensors.")],
    method: Annotated[
        str, typer.Option("--score", help="auto, gaussian, dictionary, mixture, kgmm, kernel or network.")
    ] = "auto",
    noise: Noise = None,
    tail_index: TailIndex = None,
    dictionary_degree: Degree = None,
    variable: Variable = None,
    homogeneous: Homogeneous = None,
    anomaly: AnomalyOption = None,
    detrend: Detrend = False,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Fit the score of a record and save it to one file, for ``fluctua respond --score FILE``.

    A network is trained with checkpoints beside the file: the same command after a kill goes on where it was.

    Example: fluctua fit-score triad.nc --score auto --out triad-score.safetensors
    """
    from ..data import refuse_existing_file
    from ..verbs import fit_score as fit_score_verb

    refuse_existing_file(out, overwrite)
    # Where the training of a network is kept until the score is written: a killed run goes on from there.
    training = out.with_name(f".{out.name}.training")
    fitted = fit_score_verb(
        data,
        method,
        seed=seed,
        degree=dictionary_degree,
        variable=variable,
        homogeneous=homogeneous or (),
        anomaly=check_anomaly(anomaly),
        detrend=detrend,
        noise=noise,
        tail_index=tail_index,
        checkpoint=training,
        progress=progress(quiet),
    )
    fitted.save(out, overwrite=overwrite)
    shutil.rmtree(training, ignore_errors=True)
    say(
        f"{out}: {fitted.method} score of {', '.join(fitted.names[:8])}; held-out loss {fitted.heldout_loss:.4g} "
        f"(standard error {fitted.heldout_stderr:.2g}), Gaussian {fitted.gaussian_loss:.4g}",
        quiet,
    )

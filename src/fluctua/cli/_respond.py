"""``fluctua respond``: a record in, a response out."""

import time
from pathlib import Path
from typing import Annotated

import typer

from ._options import (
    AnomalyOption,
    Debug,
    Degree,
    Detrend,
    Homogeneous,
    Overwrite,
    Quiet,
    Reflect,
    Seed,
    Transport,
    Variable,
    check_anomaly,
    ends_well,
    progress,
    say,
)


@ends_well
def respond(
    data: Annotated[Path, typer.Argument(help="The record: .csv, .nc or .zarr.")],
    push: Annotated[
        list[str],
        typer.Option(
            help="State variable to push, unit amplitude (repeatable); a cell of a field as 'u[y=0,x=0]'. Where it "
            "lies along homogeneous dimensions makes no difference."
        ),
    ],
    max_lag: Annotated[float, typer.Option(help="Largest lag, in the time units of the record.")],
    out: Annotated[Path, typer.Option(help="Folder for response.nc, report.html and run.json.")],
    observe: Annotated[
        list[str] | None,
        typer.Option(help="Observable, such as 'u1**2' or 'x > 2.5' (repeatable); not for homogeneous fields."),
    ] = None,
    variable: Variable = None,
    homogeneous: Homogeneous = None,
    reflect: Reflect = None,
    transport: Transport = None,
    score: Annotated[
        str,
        typer.Option(
            help="auto, gaussian, dictionary, mixture, kgmm, kernel, network, or the file of a score; homogeneous "
            "fields do without mixture, kgmm and kernel."
        ),
    ] = "auto",
    dictionary_degree: Degree = None,
    confidence: Annotated[float, typer.Option(help="Confidence of the pointwise bands.")] = 0.95,
    anomaly: AnomalyOption = None,
    detrend: Detrend = False,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """How a system responds to a push, from a record of it left alone.

    Example: fluctua respond triad.csv --push tau --observe u1 --observe "u1**2" --max-lag 20 --out result

    A field: fluctua respond ac.zarr --variable u --homogeneous y --homogeneous x --push "u[y=0,x=0]" --max-lag 100
    --out result
    """
    from ..data import atomic_folder
    from ..verbs import respond as respond_verb
    from ._results import write_result

    started = time.perf_counter()
    with atomic_folder(out, overwrite) as folder:
        result = respond_verb(
            data,
            push,
            observe or None,
            max_lag=max_lag,
            score=score,
            seed=seed,
            confidence=confidence,
            dictionary_degree=dictionary_degree,
            variable=variable,
            homogeneous=homogeneous or (),
            reflect=reflect or (),
            transport=() if transport == [0.0] else transport,
            anomaly=check_anomaly(anomaly),
            detrend=detrend,
            progress=progress(quiet),
        )
        write_result(result, folder, {"data": str(data), "out": str(out)}, time.perf_counter() - started)
    say(f"{out / 'response.nc'}\n{out / 'report.html'}\n{out / 'run.json'}", quiet)

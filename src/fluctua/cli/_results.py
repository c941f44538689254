"""The three files of a result."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..results import ResponseResult


def write_result(result: "ResponseResult", folder: Path, options: dict[str, str], seconds: float) -> None:
    """Write the three files of a result into a folder."""
    from ..data import write_json
    from ..report import write_report

    result.to_netcdf(folder / "response.nc", engine="h5netcdf")
    drawn = time.perf_counter()
    write_report(result, folder / "report.html")
    run = {
        "schema_version": 1,
        "options": {**json.loads(result.attrs["config"]), **options},
        "seed": int(result.attrs["seed"]),
        "versions": json.loads(result.attrs["versions"]),
        "data_hash": result.attrs["data_hash"],
        "created": result.attrs["created"],
        "score_method": result.attrs["score_method"],
        "warnings": json.loads(result.attrs["warnings"]),
        "timings": {
            "estimate_seconds": round(seconds, 3),
            "report_seconds": round(time.perf_counter() - drawn, 3),
        },
    }
    write_json(folder / "run.json", run)

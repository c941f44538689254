"""What an installed fluctua has to do: run by ``check_wheel.py`` in the environments that it makes.

By the command line a record is simulated and answered from, a score is fitted and saved, and new states are drawn; the
result is read, drawn, tabulated and kept in Python. No extra is there.
"""

import subprocess
import sys
from pathlib import Path


def fluctua(*arguments: str, code: int = 0) -> str:
    """Run the command line, which has to end with a code."""
    done = subprocess.run([sys.executable, "-m", "fluctua", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != code:
        raise SystemExit(f"fluctua {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def main() -> None:
    fluctua("simulate", "ornstein-uhlenbeck", "--duration", "300", "--out", "record.nc", "--quiet")
    asked = ("--observe", "x1", "--observe", "x1**2", "--max-lag", "3", "--quiet")
    fluctua("respond", "record.nc", "--push", "x1", *asked, "--out", "answer")
    fluctua("fit-score", "record.nc", "--score", "dictionary", "--out", "score.safetensors", "--quiet")
    fluctua("sample", "record.nc", "--count", "50", "--out", "drawn.nc", "--quiet")
    for written in ("answer/response.nc", "answer/report.html", "answer/run.json", "drawn.nc"):
        if not Path(written).exists():
            raise SystemExit(f"{written} was not written")

    import fluctua as package

    home = Path(package.__file__).parent
    if "site-packages" not in home.parts:
        raise SystemExit(f"fluctua is that of {home}, not the one that was installed")
    result = package.load_response("answer/response.nc")
    result.plot()
    for suffix in ("csv", "zarr", "nc"):
        result.save(f"again.{suffix}")
        again = package.load_response(f"again.{suffix}")
        if not abs(again.impulse_response - result.impulse_response).max() < 1e-12:
            raise SystemExit(f"the response read from again.{suffix} is another one")
    rows = len(result.to_dataframe())
    print(f"fluctua {package.__version__}: {rows} rows, {float(result.impulse_response[0, 0, 0]):.3f} at lag zero")


if __name__ == "__main__":
    main()

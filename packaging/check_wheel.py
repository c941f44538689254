"""Build the wheel, install it into empty environments and use it: ``make wheel``.

One environment gets the newest releases of what the package depends on, the other the oldest that ``pyproject.toml``
allows. In both, ``smoke_test.py`` must run. Nothing of the checkout is on the path there.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def lowest_pins(project: Path) -> list[str]:
    """The lower bound of every direct dependency as a pin, such as ``numpy==2.0``.

    Raises:
        ValueError: A dependency has no lower bound.
    """
    pins = []
    for requirement in tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]:
        found = re.fullmatch(r"([A-Za-z0-9_.-]+)\s*>=\s*([0-9.]+)(,.*)?", requirement)
        if found is None:
            raise ValueError(f"'{requirement}' in {project.name} has no lower bound of the form name>=1.2")
        pins.append(f"{found[1]}=={found[2]}.*" if found[2].count(".") == 0 else f"{found[1]}=={found[2]}")
    return pins


def check(wheel: Path, name: str, pins: list[str], folder: Path) -> None:
    """Install the wheel with some pins into an environment of its own, and run the smoke test there."""
    began = time.perf_counter()
    home = folder / name
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    constraints = folder / f"{name}.txt"
    constraints.write_text("\n".join(pins) + "\n", encoding="utf-8")
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(constraints), str(wheel)]
    subprocess.run([str(python), *install], check=True)
    place = folder / f"{name}-run"
    place.mkdir()
    installed = time.perf_counter()
    subprocess.run([str(python), "-I", str(ROOT / "packaging" / "smoke_test.py")], check=True, cwd=place)
    seconds = installed - began, time.perf_counter() - installed
    print(f"{name}: installed in {seconds[0]:.0f} s, used in {seconds[1]:.0f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the wheel")
    parser.add_argument("--only", choices=("newest", "lowest"), help="one of the two environments")
    options = parser.parse_args()
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*build, "--wheel-dir", str(options.out), str(ROOT)], check=True)
    wheel = max(options.out.glob("fluctua-*.whl"), key=lambda path: path.stat().st_mtime)
    print(f"{wheel.name}: {wheel.stat().st_size / 1000:.0f} kB", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, pins in (("newest", []), ("lowest", lowest_pins(ROOT / "pyproject.toml"))):
            if options.only in (None, name):
                check(wheel, name, pins, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())

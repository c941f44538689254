"""Write the goldens: run once, with the edition whose numbers are to be kept.

PYTHONPATH=<source of that edition> python tests/golden/make_goldens.py [NAME ...]
"""

import json
import sys
import time

import numpy as np
from goldens import FOLDER, GOLDENS, SCORES, calm, write_scores


def pack(numbers: dict) -> dict[str, np.ndarray]:
    """Numbers and words of a golden as arrays; the words and scalars as one text of JSON."""
    arrays = {name: value for name, value in numbers.items() if isinstance(value, np.ndarray)}
    scalars = {name: value for name, value in numbers.items() if name not in arrays}
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in scalars.items()}
    return arrays | {"scalars": np.array(json.dumps(plain))}


def main(chosen: list[str]) -> None:
    if not chosen or not SCORES.exists():
        calm(lambda: write_scores() or {})
    for name in chosen or GOLDENS:
        golden, started = GOLDENS[name], time.perf_counter()
        arrays = pack(calm(golden.run))
        if golden.kind == "response":
            arrays = {key: a.astype(np.float32) if a.dtype == np.float64 else a for key, a in arrays.items()}
        path = FOLDER / f"{name}.npz"
        np.savez_compressed(path, **arrays)
        print(f"{name}: {time.perf_counter() - started:.1f} s, {path.stat().st_size / 1000:.1f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

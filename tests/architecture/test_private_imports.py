"""Nobody imports a private module or name of another package, in the sources, the studies or the tests."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def private_imports(path: Path) -> list[str]:
    """Imports of private modules or names of a package of fluctua that the file is not part of.

    What is private in a package within another is so for its neighbours; the package that holds it may use it.
    """
    relative = path.relative_to(ROOT)
    own = relative.parts[1:-1] if relative.parts[0] == "src" else ()  # ("fluctua", package, ...)
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = (node.module or "").split(".") if node.module else []
        if node.level:
            module = [*own[: len(own) - node.level + 1], *module]
        if not module or module[0] != "fluctua":
            continue
        names = [*module, *(alias.name for alias in node.names)]
        private = [place for place, name in enumerate(names) if name.startswith("_") and not name.startswith("__")]
        if not private:
            continue
        owner = tuple(names[: private[0]])
        depth = min(len(own), len(owner))
        if depth < 2 or own[:depth] != owner[:depth]:
            hidden = [names[place] for place in private]
            found.append(f"{relative}:{node.lineno} imports {'.'.join(module)}: {', '.join(hidden)}")
    return found


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("folder", ["src", "studies", "tests", "benchmarks"])
def test_no_file_imports_what_is_private_elsewhere(folder: str) -> None:
    found = [line for path in files(folder) for line in private_imports(path)]
    assert not found, "\n".join(found)


def test_a_private_import_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("test_private_imports.ROOT", tmp_path)
    file = tmp_path / "src" / "fluctua" / "noise" / "_one.py"
    file.parent.mkdir(parents=True)
    file.write_text("from ..scores._base import Score\nfrom ._two import helper\nfrom ..core import _hidden, shown\n")
    assert len(private_imports(file)) == 2
    file = file.parent / "laws" / "_three.py"
    file.parent.mkdir()
    file.write_text("from ..numerics._four import number\nfrom .._one import helper\nfrom ..numerics import number\n")
    assert private_imports(file) == ["src/fluctua/noise/laws/_three.py:1 imports fluctua.noise.numerics._four: _four"]

"""Nobody imports a private module or name of another package, in the sources, the studies or the tests."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def private_imports(path: Path) -> list[str]:
    """Imports of private modules or names of a package of fluctua that the file is not part of."""
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
        package = tuple(module[:2])
        same = own[:2] == package
        names = [*module[1:], *(alias.name for alias in node.names)]
        private = [name for name in names if name.startswith("_") and not name.startswith("__")]
        if private and not same:
            found.append(f"{relative}:{node.lineno} imports {'.'.join(module)}: {', '.join(private)}")
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

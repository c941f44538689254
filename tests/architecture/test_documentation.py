"""Every public name says what it is, and every example in a docstring runs."""

import ast
import doctest
import importlib
import inspect
import linecache
import pkgutil

import pytest

import fluctua

ROOMS = sorted(f"fluctua.{info.name}" for info in pkgutil.iter_modules(fluctua.__path__) if info.ispkg)


def exported(room: str) -> list[str]:
    """Names that a package re-exports: ``from ._x import Y as Y``."""
    source = inspect.getsource(importlib.import_module(room))
    return [
        alias.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name and not alias.name.startswith("_")
    ]


@pytest.mark.parametrize("room", ["fluctua", *ROOMS])
def test_every_public_name_has_a_summary(room: str) -> None:
    module = importlib.import_module(room)
    assert (module.__doc__ or "").strip(), f"{room} has no docstring"
    silent = []
    for name in exported(room):
        value = getattr(module, name)
        if not (inspect.isclass(value) or inspect.isroutine(value)):
            continue
        summary = (value.__doc__ or "").strip().split("\n\n")[0]
        # A dataclass without a docstring is given its signature as one.
        if not summary or summary.startswith(f"{name}("):
            silent.append(name)
    assert not silent, f"public names of {room} without a docstring: {silent}"


def examples(module_name: str) -> list[doctest.DocTest]:
    """Examples of a module, found in its source: wrapped functions and methods lose nothing that way."""
    module = importlib.import_module(module_name)
    lines = "".join(linecache.getlines(str(module.__file__)))
    found = []
    for node in ast.walk(ast.parse(lines)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node) or ""
            name = f"{module_name}.{getattr(node, 'name', '')}".rstrip(".")
            test = doctest.DocTestParser().get_doctest(text, dict(vars(module)), name, module.__file__, 0)
            if test.examples:
                found.append(test)
    return found


def test_examples_run(module_name: str) -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    output: list[str] = []
    for example in examples(module_name):
        doctest.DocTestRunner(optionflags=flags).run(example, out=output.append)
    assert not output, "".join(output)

"""Pages of the site that show commands: what they show runs, in the order in which it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXECUTE = DOCS / "hooks" / "execute.py"
HOW_TO = sorted((DOCS / "how-to").glob("*.md"))
README = ROOT / "README.md"
PAGES = [README, DOCS / "index.md", *HOW_TO]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_page(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXECUTE), str(page)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_run(page: Path, tmp_path: Path) -> None:
    done = run_page(page, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_blocks_are_python(page: Path) -> None:
    code = [text for language, text in FENCE.findall(page.read_text(encoding="utf-8")) if language == "python"]
    assert code, f"{page.name} shows no Python"
    for text in code:
        compile(text, page.name, "exec")


def test_how_to_pages_are_short() -> None:
    """The README is one page."""
    lengths = {page.name: len(page.read_text(encoding="utf-8").splitlines()) for page in (README, *HOW_TO)}
    assert len(lengths) >= 9
    assert {name: length for name, length in lengths.items() if not 40 <= length <= 90} == {}


def test_a_block_that_fails_is_named_by_its_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\n```python\nx = 1\n```\n\n```sh\ntrue\n```\n\n```python\nprint(x)\nx / 0\n```\n")
    done = run_page(page, tmp_path)
    assert done.returncode != 0
    assert "page.md, block at line 12" in done.stderr
    assert "ZeroDivisionError" in done.stderr


def test_a_command_that_fails_stops_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh\nfalse\ntrue\n```\n\n```python\nopen('made', 'w').close()\n```\n")
    assert run_page(page, tmp_path).returncode != 0
    assert not (tmp_path / "made").exists()


def test_warnings_are_failures(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nimport warnings\nwarnings.warn('old', DeprecationWarning, stacklevel=1)\n```\n")
    assert "DeprecationWarning: old" in run_page(page, tmp_path).stderr

"""The site as a whole: every page is in its menu, tutorials are run, and links lead somewhere."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

import fluctua.report

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))
# The other two end with the truth, and with what is missing.
TRUSTED = [page for page in TUTORIALS if page.stem not in ("enso-triad", "nino34-soi")]
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")


def test_every_page_is_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("nav:")[2].partition("exclude_docs")[0]
    listed = re.findall(r"(\S+\.md)", menu)
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", [*TUTORIALS, DOCS / "gallery.md"], ids=lambda page: page.stem)
def test_tutorials_are_run_when_the_site_is_built(page: Path) -> None:
    assert page.read_text(encoding="utf-8").startswith("---\nrun: true\n---\n# ")
    for code in re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        compile(code, page.name, "exec")


@pytest.mark.parametrize("page", TRUSTED, ids=lambda page: page.stem)
def test_a_tutorial_ends_with_what_can_be_trusted(page: Path) -> None:
    assert page.read_text(encoding="utf-8").rpartition("\n## ")[2].startswith("What can be trusted\n")


def test_every_figure_function_is_in_the_gallery() -> None:
    drawn = [name for name in dir(fluctua.report) if name.startswith("plot_") or name.endswith("_figure")]
    gallery = (DOCS / "gallery.md").read_text(encoding="utf-8")
    assert len(drawn) >= 10
    assert [name for name in drawn if name not in gallery] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.stem)
def test_links_outside_the_site_lead_to_files(page: Path) -> None:
    """Those between pages of the site are checked when it is built."""
    targets = [each.partition("#")[0] for each in LINK.findall(page.read_text(encoding="utf-8"))]
    assert [each for each in targets if not each.startswith("http") and not (ROOT / each).exists()] == []


def test_figures_that_a_block_draws_or_names_are_shown() -> None:
    """Those of pyplot, those that have a name, and those of axes that have one; each of them once."""
    spec = importlib.util.spec_from_file_location("execute", DOCS / "hooks" / "execute.py")
    assert spec is not None
    assert spec.loader is not None
    execute = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = execute  # where its dataclasses look for their names
    try:
        spec.loader.exec_module(execute)
        page = "```python\nfrom matplotlib.figure import Figure\nax = Figure().subplots()\n```\n"
        page += "```python\nimport matplotlib.pyplot as plt\nfigure, axes = plt.subplots(1, 2)\nleft = axes[0]\n```\n"
        page += "```python\nprint(left.get_xlabel())\n```\n"
        running = execute.RunningPage("page.md")
        outputs = [running.run(block) for block in execute.blocks(page)]
    finally:
        del sys.modules[spec.name]
    assert [len(each.figures) for each in outputs] == [1, 1, 0]
    assert all(figure.startswith(b"\x89PNG") for each in outputs for figure in each.figures)

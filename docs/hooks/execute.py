"""Runs the code blocks of a page, so that what a page shows is what the commands give.

``python docs/hooks/execute.py PAGE.md`` runs all of them in the current folder, in order, and stops at the first that
fails. The pages of the tutorials are run when the site is built; their printed output and figures follow each block.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)
_RUN = ("python", "sh")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page.

    Args:
        language: What stands behind the fence.
        code: Its lines.
        line: The line of the page on which the code begins.
        end: Where the block ends in the text of the page.
    """

    language: str
    code: str
    line: int
    end: int


@dataclass(frozen=True)
class Output:
    """What a block gave: printed text, and figures as PNG."""

    text: str
    figures: list[bytes]


def blocks(page: str) -> list[Block]:
    """The blocks of a page that can be run, in order."""
    found = []
    for match in _BLOCK.finditer(page):
        line = page.count("\n", 0, match.start("code")) + 1
        found.append(Block(match["language"], match["code"], line, match.end()))
    return [block for block in found if block.language in _RUN]


@dataclass
class RunningPage:
    """The blocks of one page share their names, as in a terminal that stays open.

    Args:
        page: Name of the page, for tracebacks.
        names: What the Python blocks have defined so far.
    """

    page: str
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})

    def run(self, block: Block) -> Output:
        """Run one block in the current folder.

        Raises:
            RuntimeError: It fails; the message names its line.
        """
        try:
            return self._python(block) if block.language == "python" else _shell(block)
        except Exception as error:
            said = error.stderr if isinstance(error, subprocess.CalledProcessError) else traceback.format_exc()
            raise RuntimeError(f"{self.page}, block at line {block.line}:\n{said}") from error

    def _python(self, block: Block) -> Output:
        import matplotlib

        matplotlib.use("agg")
        printed = io.StringIO()
        # Lines of the page and of the traceback are the same.
        before = dict(self.names)
        code = compile("\n" * (block.line - 1) + block.code, self.page, "exec")
        with contextlib.redirect_stdout(printed), _warnings_are_errors():
            exec(code, self.names)
        changed = [value for name, value in self.names.items() if before.get(name) is not value]
        return Output(printed.getvalue(), _figures(changed))


def _shell(block: Block) -> Output:
    # The `fluctua` of this interpreter comes first.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = ["bash", "-euo", "pipefail", "-c", block.code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path})
    return Output(done.stdout, [])


@contextlib.contextmanager
def _warnings_are_errors() -> Iterator[None]:
    """All but those of fluctua, which are part of an answer: its summary says them again."""
    from fluctua import FluctuaWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", FluctuaWarning)
        yield


def _figures(values: list[Any]) -> list[bytes]:
    """Figures that a block has drawn, or named, or whose axes it has named; they are closed, so that the next block
    begins without any.
    """
    from matplotlib import pyplot
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    found: list[Any] = [pyplot.figure(number) for number in pyplot.get_fignums()]
    named = [value.get_figure(root=True) if isinstance(value, Axes) else value for value in values]
    found = list(dict.fromkeys([*found, *(value for value in named if isinstance(value, Figure))]))
    drawn = []
    for figure in found:
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=110, bbox_inches="tight")
        drawn.append(picture.getvalue())
    pyplot.close("all")
    return drawn


def main(page: Path) -> None:
    """Run a page, and print what its blocks print."""
    running = RunningPage(str(page))
    for block in blocks(page.read_text(encoding="utf-8")):
        print(running.run(block).text, end="", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

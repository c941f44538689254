"""What the build of the site does beyond Markdown: it runs the tutorials, and puts MathJax beside the pages."""

import contextlib
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))
from execute import RunningPage, blocks

MATHJAX = "assets/mathjax.js"
_BUNDLE = "static/mathjax/es5/tex-svg.js"  # one file, glyphs included: equations need neither fonts nor a network
_COLUMNS = 95
_LOADED = re.compile(
    r"""<(?:script|img|iframe|link[^>]+rel="?stylesheet)[^>]+(?:src|href)="?(?P<address>https?://[^"> ]+)"""
)


def on_files(files: Any, config: Any) -> Any:
    """Put MathJax among the files of the site; it comes with the packages of the extra ``docs``."""
    package = find_spec("mathjax")
    if package is None or not package.submodule_search_locations:
        raise PluginError("MathJax is not installed: the extra 'docs' has it")
    source = Path(package.submodule_search_locations[0]) / _BUNDLE
    files.append(File.generated(config, MATHJAX, content=source.read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Run the blocks of pages whose header says ``run: true``, and put their output and figures behind them."""
    if not page.meta.get("run"):
        return markdown
    running, parts, start = RunningPage(page.file.src_uri), [], 0
    name = Path(page.file.src_uri).stem
    with _temporary_folder():
        for count, block in enumerate(blocks(markdown)):
            output = running.run(block)
            parts.append(markdown[start : block.end])
            start = block.end
            if output.text.strip():
                # Sentences are wrapped; the columns of tables stay in place.
                kind = " .columns" if max(map(len, output.text.splitlines())) <= _COLUMNS else ""
                parts.append(f"\n\n```{{.text .output{kind}}}\n{output.text.rstrip()}\n```\n")
            for number, picture in enumerate(output.figures):
                place = f"{name}-{count}-{number}.png"
                uri = f"{Path(page.file.src_uri).parent.as_posix()}/{place}"
                files.append(File.generated(config, uri, content=picture))
                parts.append(f"\n\n![Figure drawn by the block above]({place}){{ .drawn }}\n")
    return "".join([*parts, markdown[start:]])


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Refuse a page that would load something from elsewhere: the site is read from disk, and nobody is told."""
    if found := _LOADED.search(output):
        raise PluginError(f"{page.file.src_uri} loads {found['address']}; a page loads its own files only")
    return output


@contextlib.contextmanager
def _temporary_folder() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        yield

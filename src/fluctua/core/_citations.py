"""What to cite for what was used: entries are kept in ``citations.bib``, beside this file."""

import re
from pathlib import Path

from ._registry import registered

_TOPIC = re.compile(r"^% topic: (.+)\n", re.MULTILINE)
_KINDS = ("score family", "score")


def _read(text: str) -> dict[str, str]:
    """Entries by topic: a line names the topic of those that follow it, outside of which BibTeX ignores text."""
    topics = _TOPIC.split(text)[1:]
    return {topic: entries.strip() for topic, entries in zip(topics[::2], topics[1::2], strict=True)}


CITATIONS: dict[str, str] = _read(Path(__file__).with_name("citations.bib").read_text(encoding="utf-8"))
"""BibTeX by topic."""


def citations(*topics: str) -> str:
    """BibTeX of the software and of each topic, without repetition.

    Args:
        topics: Keys of the methods used, such as ``"response"`` or ``"network"``, or names of families or kinds of
            scores, which cite what they are registered with; unknown ones are passed over.

    Example:
        >>> "Leith" in citations("gaussian")
        True
    """
    keys = dict.fromkeys(key for topic in ("fluctua", *topics) for key in _keys(topic))
    return "\n\n".join(CITATIONS[key] for key in keys if key in CITATIONS)


def _keys(topic: str) -> tuple[str, ...]:
    if topic in CITATIONS:
        return (topic,)
    entries = [registered(kind).get(topic) for kind in _KINDS]
    return tuple(key for entry in entries if entry is not None for key in entry.cites)

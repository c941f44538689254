"""Parts of sentences."""


def listed(items: list[str], most: int = 5) -> str:
    """The first few of the items, and how many more there are."""
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + rest

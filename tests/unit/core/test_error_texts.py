"""Messages are one line of text, whatever the names in them hold."""

from fluctua.core import DataError


def test_line_ends_and_controls_in_names_are_shown() -> None:
    error = DataError("the column 'a\nb\x1b[2J\u2028' has a name", "that is ä ☃", "rename it")
    assert str(error) == r"The column 'a\nb\x1b[2J\u2028' has a name; that is ä ☃. Rename it."
    assert str(error).isprintable()

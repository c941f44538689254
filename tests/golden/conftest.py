"""Prints at the end what moved most, in one table; tests leave it as the property ``moved``, workers too."""

import pytest

MOST = 20  # rows of the table


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    rows = [row for report in reports for name, rows in report.user_properties if name == "moved" for row in rows]
    if not rows:
        return
    terminalreporter.section("goldens: what moved most")
    for _, text, _ in sorted((row for row in rows if not row[2]), key=lambda row: -row[0])[:MOST]:
        terminalreporter.write_line(text)
    for _, text, why in (row for row in rows if row[2] and not row[0] <= 1.0):
        terminalreporter.write_line(f"mended: {text} ({why})")

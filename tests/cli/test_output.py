"""Lists for people and for programs."""

import sys

import pytest

from aids.commands import Terminal
from tayori.cli import output


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    output.rows(("alias", "targets"), [("a@b", ["c@d", "e@f"])], json_wanted=False)
    assert "alias" in terminal.getvalue()
    assert "c@d, e@f" in terminal.getvalue()
    assert len(terminal.getvalue().splitlines()) > 2


@pytest.mark.parametrize(
    ("octets", "text"), [(None, ""), (0, "0"), (1000, "1000"), (2048, "2K"), (3 * 2**20, "3M"), (2**40, "1024G")]
)
def test_a_size_is_told_in_the_largest_unit_that_fits(octets: int | None, text: str) -> None:
    assert output.size(octets) == text

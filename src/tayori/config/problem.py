"""What is wrong with the settings, and where: every problem of a file is told, not only the first."""

from difflib import get_close_matches
from typing import NamedTuple


class Place(NamedTuple):
    """Where a setting was written; line and column count from 1 and are 0 outside a file."""

    source: str  # the file's path, "environment", "command line"
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


class Problem(NamedTuple):
    """What, where, what to do."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class ConfigError(Exception):
    """The settings cannot be used; str() is one line about the first problem."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (not problem.place.line, problem.place[1:]))
        more = f" (and {len(problems) - 1} more: tayori config check)" if problems[1:] else ""
        super().__init__(f"{self.problems[0]}{more}")

    @property
    def file(self) -> str:
        return self.problems[0].place.source

    @property
    def line(self) -> int:
        return self.problems[0].place.line

    @property
    def column(self) -> int:
        return self.problems[0].place.column


def nearest(name: str, known: list[str]) -> str:
    """'; did you mean "listen"?', or all that is known when nothing is near."""
    close = get_close_matches(name, known, 1, 0.6)
    return f'; did you mean "{close[0]}"?' if close else f"; known are {', '.join(known)}"

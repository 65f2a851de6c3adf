"""Where each key of a TOML text stands. Law: the text has passed tomllib, so this reads it leniently.

tomllib keeps no positions, tomlkit neither; what keeps them (spanned-toml) has not been looked after since 2023.
"""

import re
import tomllib

KeyPath = tuple[str, ...]
Position = tuple[int, int]  # line and column, from 1

_TOKEN = re.compile(
    r"""
      [ \t\r]+ | \#[^\n]*
    | (?P<word> \"{3} (?:\\.|[^\\])*? \"{3,5} | '{3} .*? '{3,5}
              | "(?:\\.|[^"\\\n])*" | '[^'\n]*' | [^\s\[\]{}=,.\#"']+ )
    | (?P<mark> [\[\]{}=,.\n] )
    """,
    re.VERBOSE | re.DOTALL,
)


def positions(text: str) -> dict[KeyPath, Position]:
    """'[limits]\\nidle = "1m"' gives {("limits",): (1, 2), ("limits", "idle"): (2, 1)}."""
    walk = _Walk()
    for token in _TOKEN.finditer(text):
        if token["word"]:
            walk.word(token["word"], token.start())
        elif token["mark"]:
            _MARKS.get(token["mark"], _Walk.nothing)(walk)
    return {path: _position(text, offset) for path, offset in walk.found.items()}


def _position(text: str, offset: int) -> Position:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _unquoted(word: str) -> str:
    return str(tomllib.loads(f"k = {word}")["k"]) if word[0] in "\"'" else word


class _Walk:
    """One pass over the tokens; `key` collects the parts of a key while one is awaited."""

    def __init__(self) -> None:
        self.found: dict[KeyPath, int] = {}
        self.table: KeyPath = ()  # of the last header
        self.header = False  # inside [ … ]
        self.awaiting = True  # a key, not a value
        self.key: list[tuple[str, int]] = []
        self.current: KeyPath = ()  # whose value is being read
        self.open: list[tuple[str, KeyPath]] = []  # arrays and inline tables around the value

    def nothing(self) -> None:
        pass

    def word(self, text: str, offset: int) -> None:
        if self.awaiting:
            self.key.append((_unquoted(text), offset))

    def named(self, above: KeyPath) -> KeyPath:
        """The collected key, whose parts are noted; the first place of a path counts."""
        for name, offset in self.key:
            above = (*above, name)
            self.found.setdefault(above, offset)
        self.key = []
        return above

    def equals(self) -> None:
        self.current = self.named(self.open[-1][1] if self.open else self.table)
        self.awaiting = False

    def bracket(self) -> None:
        if self.awaiting:
            self.header = True
        else:
            self.open.append(("[", self.current))

    def end_bracket(self) -> None:
        if self.header:
            self.table, self.header = self.named(()), False
        elif self.open:
            self.open.pop()

    def brace(self) -> None:
        self.open.append(("{", self.open[-1][1] if self.open and self.open[-1][0] == "[" else self.current))
        self.awaiting = True

    def end_brace(self) -> None:
        self.open.pop()
        self.awaiting = False

    def comma(self) -> None:
        self.awaiting = self.open[-1][0] == "{"

    def line_end(self) -> None:
        if not self.open:
            self.awaiting, self.header = True, False


_MARKS = {
    "=": _Walk.equals,
    "[": _Walk.bracket,
    "]": _Walk.end_bracket,
    "{": _Walk.brace,
    "}": _Walk.end_brace,
    ",": _Walk.comma,
    "\n": _Walk.line_end,
}

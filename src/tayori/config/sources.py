"""Where settings come from: the file, the environment (TAYORI_LIMITS__IDLE), the command line ("limits.idle").

Each gives what it says of keys that are known; the rest are problems, with the nearest name.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tayori.config.positions import KeyPath, Position, positions
from tayori.config.problem import ConfigError, Place, Problem, nearest
from tayori.config.settings import SECTIONS

PREFIX = "TAYORI_"
NOT_OURS = {"TAYORI_CONFIG"}

KEYS: Mapping[KeyPath, "Field[Any]"] = {
    ((section, field.name) if section else (field.name,)): field
    for section, kind in SECTIONS.items()
    for field in fields(kind)
}
_POSITION = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(slots=True)
class Given:
    """A value as it was written; `loose` when it is text that has no types, from outside a file."""

    value: object
    place: Place
    loose: bool = False


def from_file(path: Path, problems: list[Problem]) -> dict[KeyPath, Given]:
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise ConfigError([_syntax_problem(path, text, str(cause))]) from cause
    places = {key: Place(str(path), *position) for key, position in positions(text).items()}
    return _known(document, places, problems)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as cause:
        raise ConfigError([Problem(Place(str(path)), f"{cause.strerror}; name another by --config")]) from cause
    except UnicodeDecodeError as cause:
        raise ConfigError([Problem(Place(str(path)), "is not UTF-8; save it as UTF-8")]) from cause


def _syntax_problem(path: Path, text: str, message: str) -> Problem:
    at = _POSITION.search(message)
    line, column = (int(at[1]), int(at[2])) if at else _end(text)
    return Problem(Place(str(path), line, column), f"{message.partition(' (at ')[0]}; the file is TOML, see toml.io")


def _end(text: str) -> Position:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _known(
    document: dict[str, object], places: Mapping[KeyPath, Place], problems: list[Problem]
) -> dict[KeyPath, Given]:
    given = {}
    for key, value in _flat(document):
        if key in KEYS:
            given[key] = Given(value, places[key])
        else:
            problems.append(Problem(places[key], _unknown(key, value)))
    return given


def _flat(document: dict[str, object]) -> Iterator[tuple[KeyPath, object]]:
    for name, value in document.items():
        if name in SECTIONS and isinstance(value, dict):
            yield from (((name, inner), of_inner) for inner, of_inner in value.items())
        else:
            yield (name,), value


def _unknown(key: KeyPath, value: object = None) -> str:
    """What is wrong with such a key, and what was probably meant."""
    sections = [name for name in SECTIONS if name]
    name = key[-1]
    if len(key) == 1 and name in sections:
        return f'"{name}" is a section; write [{name}] on a line of its own and its keys below'
    if len(key) == 1 and isinstance(value, dict):
        return f"unknown section [{name}]{nearest(name, sections)}"
    siblings = [known[-1] for known in KEYS if known[:-1] == key[:-1]]
    homes = [known[:-1] for known in KEYS if known[-1] == name]
    if homes and not get_close_matches(name, siblings, 1, 0.8):
        home = f"[{homes[0][0]}]" if homes[0] else "the top, above the first section"
        return f'"{name}" does not belong here; it belongs to {home}'
    where = f" in [{key[0]}]" if len(key) > 1 else ""
    return f'unknown key "{name}"{where}{nearest(name, siblings if where else siblings + sections)}'


def from_environment(environ: Mapping[str, str], problems: list[Problem]) -> dict[KeyPath, Given]:
    """TAYORI_SECTION__KEY; a name without "__" that we do not know may be somebody else's."""
    given = {}
    for name in environ:
        if not name.startswith(PREFIX) or name in NOT_OURS:
            continue
        key = tuple(name.removeprefix(PREFIX).lower().split("__"))
        if key in KEYS:
            given[key] = Given(environ[name], Place(f"environment {name}"), loose=True)
        elif len(key) > 1:
            problems.append(Problem(Place(f"environment {name}"), _unknown(key)))
    return given


def from_command_line(overrides: Mapping[str, str], problems: list[Problem]) -> dict[KeyPath, Given]:
    given = {}
    for name, value in overrides.items():
        key, place = tuple(name.split(".")), Place(f"command line {name}")
        if key in KEYS:
            given[key] = Given(value, place, loose=True)
        else:
            problems.append(Problem(place, _unknown(key)))
    return given

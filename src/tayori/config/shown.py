"""The settings in force as text: TOML that can be read back, or JSON. Secrets stay hidden."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from urllib.parse import quote

from tayori.config.settings import SECTIONS, Config
from tayori.config.values import Endpoint, Route

HIDDEN = "(hidden)"
SECRETS = {("relay", "password")}
UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))

Shown = str | int | list[str]


def as_toml(config: Config) -> str:
    return "\n".join(_lines(config))


def as_json(config: Config) -> str:
    """One object; the keys above the first section stand beside the sections."""
    sections = dict(_sections(config))
    return json.dumps(sections.pop("") | sections, ensure_ascii=False, indent=2)


def _lines(config: Config) -> Iterator[str]:
    for name, values in _sections(config):
        if name:
            yield f"\n[{name}]"
        yield from (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())


def _sections(config: Config) -> Iterator[tuple[str, dict[str, Shown]]]:
    """What is not there (no relay, no user) is left out."""
    for section, kind in SECTIONS.items():
        pairs = ((field.name, _value(config, section, field.name)) for field in fields(kind))
        if found := {name: value for name, value in pairs if value not in ("", [])}:
            yield section, found


def _value(config: Config, section: str, name: str) -> Shown:
    holder = getattr(config, section) if section else config
    value = holder.get(name, ()) if isinstance(holder, Mapping) else getattr(holder, name)
    return HIDDEN if value and (section, name) in SECRETS else _text(value)


def _text(value: object) -> Shown:
    match value:
        case Route():
            user = f"{quote(value.user)}@" if value.user else ""
            return f"{value.scheme}://{user}{value.host}:{value.port}"
        case Endpoint() | Path():
            return str(value)
        case tuple():
            return [str(_text(one)) for one in value]
        case float():
            return duration(value)
        case str() | int():
            return value
    return "off" if value is None else str(value)


def duration(seconds: float) -> str:
    """1800.0 gives "30m", in the largest unit that fits."""
    return next(
        (f"{int(seconds // unit)}{name}" for name, unit in UNITS if seconds % unit == 0), f"{seconds * 1000:.0f}ms"
    )

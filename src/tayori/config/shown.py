"""The settings in force as text: TOML that can be read back, or JSON. Secrets stay hidden."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields
from typing import Any
from urllib.parse import quote

from tayori.config import values
from tayori.config.settings import SECTIONS, Config
from tayori.config.values import Endpoint, Route

HIDDEN = "(hidden)"
UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))

Shown = str | int | list[str]


def as_toml(config: Config) -> str:
    return "\n".join(_lines(config))


def as_json(config: Config) -> str:
    """One object; the keys above the first section stand beside the sections."""
    sections = dict(_sections(config))
    return json.dumps(sections.pop("") | sections, ensure_ascii=False, indent=2)


def _lines(config: Config) -> Iterator[str]:
    for name, found in _sections(config):
        if name:
            yield f"\n[{name}]"
        yield from (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in found.items())


def _sections(config: Config) -> Iterator[tuple[str, dict[str, Shown]]]:
    """What is not there (no relay, no user) is left out."""
    for section, kind in SECTIONS.items():
        pairs = ((field.name, _value(config, section, field)) for field in fields(kind))
        if found := {name: value for name, value in pairs if value not in ("", [])}:
            yield section, found


def _value(config: Config, section: str, field: "Field[Any]") -> Shown:
    holder = getattr(config, section) if section else config
    value = holder.get(field.name, ()) if isinstance(holder, Mapping) else getattr(holder, field.name)
    if value is None:
        return "off" if field.metadata["read"] is values.duration_or_off else ""
    return HIDDEN if value and field.metadata["read"] is values.secret else _text(value)


def _text(value: object) -> Shown:
    match value:
        case Endpoint():
            return str(value)
        case Route():
            user = f"{quote(value.user)}@" if value.user else ""
            return f"{value.scheme}://{user}{value.host}:{value.port}"
        case tuple():
            return [str(_text(one)) for one in value]
        case float():
            return duration(value)
        case int():
            return value
    return str(value)


def duration(seconds: float) -> str:
    """1800.0 gives "30m", in the largest unit that fits."""
    return next(
        (f"{int(seconds // unit)}{name}" for name, unit in UNITS if seconds % unit == 0), f"{seconds * 1000:.0f}ms"
    )

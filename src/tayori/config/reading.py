"""From what is given to a Config: the command line wins over the environment, that over the file."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from socket import gethostname
from typing import TypeVar

from tayori.config.positions import KeyPath
from tayori.config.problem import ConfigError, Problem
from tayori.config.settings import (
    AuthSettings,
    Config,
    GeneralSettings,
    ImapSettings,
    LimitsSettings,
    ListenSettings,
    RelaySettings,
    TlsSettings,
)
from tayori.config.sources import KEYS, Given, from_command_line, from_environment, from_file
from tayori.config.values import Context

T = TypeVar("T")


def load(path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, str]) -> Config:
    """The settings of `path` (None: no file), the environment (TAYORI_LIMITS__IDLE), the command line ("limits.idle").

    Raises ConfigError, with every problem that was found.
    """
    problems: list[Problem] = []
    given = from_file(path, problems) if path else {}
    given |= from_environment(environ, problems)
    given |= from_command_line(overrides, problems)
    folder = path.absolute().parent if path else Path.cwd()
    found = _read(given, Context(folder), problems)
    _check_together(found, given, problems)
    if problems:
        raise ConfigError(problems)
    return _config(path, found)


def _read(given: Mapping[KeyPath, Given], context: Context, problems: list[Problem]) -> dict[KeyPath, object]:
    found = {key: field.default for key, field in KEYS.items()}
    for key, one in given.items():
        try:
            found[key] = _value(key, one, context)
        except ValueError as cause:
            problems.append(Problem(one.place, f'"{key[-1]}": {cause}'))
    return found


def _value(key: KeyPath, one: Given, context: Context) -> object:
    """Text from outside a file is tried as it stands, then as TOML would read it: 5, true, { file = "…" }."""
    read = KEYS[key].metadata["read"]
    try:
        return read(one.value, context)
    except ValueError:
        if not one.loose:
            raise
        typed = _as_toml(str(one.value))
        if typed is None:
            raise
        return read(typed, context)


def _as_toml(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return None


def _check_together(found: Mapping[KeyPath, object], given: Mapping[KeyPath, Given], problems: list[Problem]) -> None:
    certificates, keys = found["tls", "certificate"], found["tls", "key"]
    assert isinstance(certificates, tuple)
    assert isinstance(keys, tuple)
    if len(certificates) != len(keys):
        more, fewer = ("certificate", "key") if len(certificates) > len(keys) else ("key", "certificate")
        text = f'[tls] has {len(certificates)} certificate and {len(keys)} key; give a "{fewer}" for each "{more}"'
        problems.append(Problem(given["tls", more].place, text))


def _config(path: Path | None, found: Mapping[KeyPath, object]) -> Config:
    general = _section("", GeneralSettings, found)
    listen = _section("listen", ListenSettings, found)
    services = {field.name: getattr(listen, field.name) for field in fields(listen)}
    return Config(
        path,
        general.hostname or gethostname(),
        general.domains,
        general.data,
        general.workers or os.cpu_count() or 1,
        general.user,
        {name: endpoints for name, endpoints in services.items() if endpoints},
        _section("tls", TlsSettings, found),
        _section("auth", AuthSettings, found),
        _section("limits", LimitsSettings, found),
        _section("imap", ImapSettings, found),
        _section("relay", RelaySettings, found),
    )


def _section(name: str, kind: type[T], found: Mapping[KeyPath, object]) -> T:
    above = (name,) if name else ()
    return kind(**{key[-1]: value for key, value in found.items() if key[:-1] == above})

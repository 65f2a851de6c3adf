"""--config and --set, before or after the command, and the settings that they lead to."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from tayori.cli.refusal import Refused

if TYPE_CHECKING:
    from tayori.config import Config

C = TypeVar("C", bound=Callable[..., object])

USUAL = (Path("tayori.toml"), Path("/etc/tayori/tayori.toml"))


@dataclass(slots=True)
class Given:
    """What the command line says of the settings; kept as the root context's `obj`."""

    path: Path | None = None
    overrides: dict[str, str] = field(default_factory=dict)

    def file(self) -> Path | None:
        """--config, TAYORI_CONFIG, ./tayori.toml, /etc/tayori/tayori.toml; None: there is none, defaults hold."""
        if self.path is not None:
            return self.path
        if named := os.environ.get("TAYORI_CONFIG"):
            return Path(named)
        return next((path for path in USUAL if path.exists()), None)

    def config(self) -> Config:
        """Raises Refused."""
        from tayori.config import ConfigError, load

        try:
            return load(self.file(), os.environ, self.overrides)
        except ConfigError as error:
            raise Refused(str(error)) from error


def here() -> Given:
    """What was given to the command that runs."""
    root = click.get_current_context().find_root()
    root.obj = root.obj or Given()
    assert isinstance(root.obj, Given)
    return root.obj


def settings(command: C) -> C:
    """Give the command the options that every command has."""
    return _config(_set(command))


def _note_path(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    if path is not None:
        here().path = path


def _note_overrides(context: click.Context, _: click.Parameter, pairs: tuple[str, ...]) -> None:
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE, such as limits.message=25M")
        here().overrides[key.strip()] = value.strip()


_config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    callback=_note_path,
    expose_value=False,
    metavar="FILE",
    help="The settings; default: TAYORI_CONFIG, ./tayori.toml, /etc/tayori/tayori.toml.",
)
_set = click.option(
    "--set",
    multiple=True,
    callback=_note_overrides,
    expose_value=False,
    metavar="KEY=VALUE",
    help="A setting for this once, such as limits.message=25M.",
)

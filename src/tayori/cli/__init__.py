"""The command line: a command a file, imported when it is named."""

import os
import sys
from importlib import import_module

import click

from tayori import __version__
from tayori.cli.given import settings
from tayori.cli.refusal import telling

COMMANDS = ("serve", "dev", "config", "account", "alias", "domain", "reindex", "search")


class Commands(click.Group):
    """Finds each command in the file of its name."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = getattr(import_module(f"tayori.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, context: click.Context) -> object:
        _open_standard_streams()
        with telling():
            return super().invoke(context)


def _open_standard_streams() -> None:
    """Whoever started us may have closed them; no database or socket of ours may get their numbers."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


@click.command("tayori", cls=Commands, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="tayori %(version)s")
@settings
def main() -> None:
    """A complete mail server: SMTP, IMAP and POP3 over ordinary Maildir files."""

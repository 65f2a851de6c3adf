"""tayori dev"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tayori.net import signals

if TYPE_CHECKING:
    from tayori.app import Welcome

SCREEN = """
Tayori serves mail on this machine alone: any address is a mailbox, any password is right, nothing leaves.

{services}

  CA    {ca}
  mail  {data}

Send a first mail:
  printf 'Subject: Hello\\n\\nHow are you?\\n' | curl --crlf -T - \\
    --mail-from me@example.org --mail-rcpt alice@example.org smtp://{smtp}

Read it:
  curl -u alice@example.org:any 'imap://{imap}/INBOX;UID=1'
"""


@click.command("dev")
@click.option("--dir", "directory", type=click.Path(path_type=Path, file_okay=False), help="Keep the mail there.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def dev(directory: Path | None, command: tuple[str, ...]) -> None:
    """Run everything on loopback, without settings.

    Any address is a mailbox, any password is right, nothing leaves.

    Without --dir the mail lies in a temporary folder, removed at the end. With a COMMAND (behind --) the server runs
    as long as it does, and the command finds the addresses in TAYORI_SMTP, TAYORI_IMAP …; where a port is taken, free
    ones are. TAYORI_LISTEN__SMTP=127.0.0.1:2525, TAYORI_LISTEN__IMAP=… choose others.
    """
    signals.hold_back()
    from tayori import app

    sys.exit(app.dev(directory, command, show))


def show(welcome: Welcome) -> None:
    """The screen for people on stderr, the line for programs on stdout."""
    click.echo(screen(welcome), err=True)
    click.echo("ready " + " ".join(f"{service}={address}" for service, address in welcome.addresses.items()))
    sys.stdout.flush()


def screen(welcome: Welcome) -> str:
    services = "\n".join(f"  {service:12} {address}" for service, address in welcome.addresses.items())
    smtp, imap = (welcome.addresses.get(service, "127.0.0.1") for service in ("smtp", "imap"))
    return SCREEN.format(services=services, ca=welcome.ca, data=welcome.data, smtp=smtp, imap=imap)

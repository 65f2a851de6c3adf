"""tayori dev"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tayori.app import Welcome

SCREEN = """
  Tayori is listening. Any address is a mailbox, any password is right, nothing leaves this machine.

{ports}

  CA file  {ca}
  Mail in  {data}

  Send a first mail   curl smtp://{smtp} --mail-from you@example.org --mail-rcpt me@example.org -T README.md
  and read it         curl imap://{imap}/INBOX -u me@example.org:any -X 'FETCH 1:* (FLAGS ENVELOPE)'

  Ctrl-C stops. Each mail that arrives is told below.
"""


@click.command("dev")
@click.option("--dir", "directory", type=click.Path(path_type=Path, file_okay=False), help="Keep the mail there.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def dev(directory: Path | None, command: tuple[str, ...]) -> None:
    """Run everything on loopback without settings: any address is a mailbox, any password is right, nothing leaves.

    Without --dir the mail lies in a temporary folder, removed at the end. With a COMMAND (behind --) the server runs
    as long as it does.
    """
    from tayori import app

    sys.exit(app.dev(directory, command, show))


def show(welcome: Welcome) -> None:
    """The first screen, for people; the ready line, for programs."""
    addresses = welcome.addresses
    ports = "\n".join(f"  {service + '://':<15}{address}" for service, address in addresses.items())
    here = {service: addresses.get(service, "127.0.0.1") for service in ("smtp", "imap")}
    click.echo(SCREEN.format(ports=ports, ca=welcome.ca, data=welcome.data / "mail", **here), err=True)
    click.echo("ready " + " ".join(f"{service}={address}" for service, address in addresses.items()))

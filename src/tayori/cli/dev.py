"""tayori dev"""

import sys
from pathlib import Path

import click


@click.command("dev")
@click.option("--dir", "directory", type=click.Path(path_type=Path, file_okay=False), help="Keep the mail there.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def dev(directory: Path | None, command: tuple[str, ...]) -> None:
    """Run everything on loopback without settings: any address is a mailbox, any password is right, nothing leaves.

    Without --dir the mail lies in a temporary folder, removed at the end. With a COMMAND (behind --) the server runs
    as long as it does.
    """
    from tayori import app

    sys.exit(app.dev(directory, list(command)))

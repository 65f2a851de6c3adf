"""tayori serve"""

import sys

import click

from tayori.cli.given import here, settings
from tayori.net import signals


@click.command("serve")
@settings
def serve() -> None:
    """Run the server until it is told to stop."""
    signals.hold_back()
    given = here()
    given.config()  # what is wrong is told before anything starts
    from tayori import app

    sys.exit(app.serve(given.file(), given.overrides))

"""tayori reindex"""

import click

from tayori.cli.given import settings
from tayori.cli.parameters import ADDRESS
from tayori.model import Address


@click.command("reindex")
@click.argument("addresses", type=ADDRESS, nargs=-1)
@settings
def reindex(addresses: tuple[Address, ...]) -> None:
    """Make the catalogs of these accounts (all, when none is named) anew from their folders."""

"""tayori alias add|list|remove"""

import click

from tayori.cli import output
from tayori.cli.given import here, settings
from tayori.cli.parameters import ADDRESS, ALIAS
from tayori.model import Address


@click.group("alias", no_args_is_help=True)
@settings
def alias() -> None:
    """Addresses that lead to others, here or elsewhere.

    ALIAS is an address, @DOMAIN for whatever nobody there has, or postmaster for the whole server's.
    """


@alias.command()
@click.argument("alias", type=ALIAS)
@click.argument("targets", type=ADDRESS, nargs=-1, required=True)
@settings
def add(alias: Address, targets: tuple[Address, ...]) -> None:
    """Let ALIAS lead to TARGETS, beside those it has."""
    from tayori.cli.opened import Opened
    from tayori.directory import aliases

    opened = Opened(here().config())
    if alias.domain:
        opened.check_local(alias.domain)
    aliases.add(opened.database, alias, list(targets))
    click.echo(f"{alias} leads to {', '.join(map(str, aliases.targets(opened.database, alias)))}")


@alias.command("list")
@output.as_json
@settings
def list_aliases(json_wanted: bool) -> None:
    """Show all aliases."""
    from tayori.cli.opened import Opened
    from tayori.directory import aliases

    output.rows(("alias", "targets"), list(aliases.rows(Opened(here().config()).database).items()), json_wanted)


@alias.command()
@click.argument("alias", type=ALIAS)
@click.argument("targets", type=ADDRESS, nargs=-1)
@settings
def remove(alias: Address, targets: tuple[Address, ...]) -> None:
    """Remove ALIAS, or only these TARGETS of it."""
    from tayori.cli.opened import Opened
    from tayori.directory import aliases

    aliases.remove(Opened(here().config()).database, alias, list(targets))
    click.echo(f"{alias} leads no longer {'to ' + ', '.join(map(str, targets)) if targets else 'anywhere'}")

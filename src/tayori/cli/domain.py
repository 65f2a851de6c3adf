"""tayori domain add|list|remove"""

import click

from tayori.cli import output
from tayori.cli.given import here, settings
from tayori.cli.parameters import DOMAIN
from tayori.cli.refusal import Refused


@click.group("domain", no_args_is_help=True)
@settings
def domain() -> None:
    """Domains whose mail is ours, beside those of the settings."""


@domain.command()
@click.argument("domain", type=DOMAIN)
@settings
def add(domain: str) -> None:
    """Take mail for a domain."""
    from tayori.cli.opened import Opened
    from tayori.directory import domains

    opened = Opened(here().config())
    if domain in opened.config.domains:
        raise Refused(f"{domain} is a domain of the settings already; nothing is to be done")
    click.echo(f"{domains.add(opened.database, domain)} is added")


@domain.command("list")
@output.as_json
@settings
def list_domains(json_wanted: bool) -> None:
    """Show all domains, and where they come from."""
    from tayori.cli.opened import Opened
    from tayori.directory import domains

    opened = Opened(here().config())
    found = dict.fromkeys(domains.rows(opened.database), "added") | dict.fromkeys(opened.config.domains, "settings")
    output.rows(("domain", "source"), sorted(found.items()), json_wanted)


@domain.command()
@click.argument("domain", type=DOMAIN)
@settings
def remove(domain: str) -> None:
    """Take no more mail for a domain that was added."""
    from tayori.cli.opened import Opened
    from tayori.directory import accounts, domains

    opened = Opened(here().config())
    database = opened.database
    if domain in opened.config.domains and domain not in domains.rows(database):
        raise Refused(f'{domain} is a domain of the settings; take it out of "domains" in {opened.config.file}')
    left = [row.address for row in accounts.rows(database) if row.address.endswith(f"@{domain}")]
    if left:
        raise Refused(f"{domain} still has {left[0]} ({len(left)} in all); remove its accounts first")
    domains.remove(database, domain)
    click.echo(f"{domain} is removed")

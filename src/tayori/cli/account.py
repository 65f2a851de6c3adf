"""tayori account add|list|show|passwd|quota|remove"""

import sys
import time

import click

from tayori.cli import output
from tayori.cli.given import here, settings
from tayori.cli.parameters import ADDRESS, COUNT, COUNT_OR_NONE, SIZE, SIZE_OR_NONE, Limit
from tayori.cli.refusal import Refused
from tayori.model import Address


@click.group("account", no_args_is_help=True)
@settings
def account() -> None:
    """Who has mail here."""


from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from one line of stdin.")


@account.command()
@click.argument("address", type=ADDRESS)
@from_stdin
@click.option("--storage", type=click.Choice(["maildir", "mbox"]), default="maildir", show_default=True)
@click.option("--quota", type=SIZE, metavar="SIZE", help="How large all mail may be, such as 10G; default: no limit.")
@click.option("--messages", type=COUNT, metavar="N", help="How many messages there may be; default: no limit.")
@settings
def add(address: Address, password_stdin: bool, storage: str, quota: int | None, messages: int | None) -> None:
    """Make an account; a server that runs knows it within a second."""
    from tayori.cli.opened import Opened
    from tayori.directory import accounts

    opened = Opened(here().config())
    opened.check_local(address.domain)
    limits = accounts.Limits(quota, messages)
    typed, now = password(password_stdin), int(time.time())
    account = accounts.add(opened.database, address, typed, storage, limits, now, opened.make_mail)
    click.echo(f"{account} is made")


@account.command("list")
@output.as_json
@settings
def list_accounts(json_wanted: bool) -> None:
    """Show all accounts."""
    from tayori.cli.opened import Opened
    from tayori.directory import accounts

    found = accounts.rows(Opened(here().config()).database)
    if json_wanted:
        output.rows(accounts.AccountRow._fields, found, json_wanted)
    else:
        output.rows(
            ("address", "storage", "quota", "messages"),
            [(row.address, row.storage, output.size(row.quota), row.messages) for row in found],
            False,
        )


@account.command()
@click.argument("address", type=ADDRESS)
@output.as_json
@settings
def show(address: Address, json_wanted: bool) -> None:
    """Tell of one account."""
    from tayori.cli.opened import Opened
    from tayori.directory import accounts, aliases

    opened = Opened(here().config())
    row = accounts.show(opened.database, address)
    found: dict[str, output.Cell] = {
        **row._asdict(),
        "aliases": [alias for alias, targets in aliases.rows(opened.database).items() if row.address in targets],
        "mail": str(opened.mail(row.address)),
    }
    if not json_wanted:
        found["quota"] = output.size(row.quota) or "none"
        found["messages"] = "none" if row.messages is None else row.messages
        found["created"] = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.created))
    output.fields(found, json_wanted)


@account.command()
@click.argument("address", type=ADDRESS)
@from_stdin
@settings
def passwd(address: Address, password_stdin: bool) -> None:
    """Change a password; the old one ends at once."""
    from tayori.cli.opened import Opened
    from tayori.directory import accounts

    opened = Opened(here().config())
    accounts.show(opened.database, address)
    account = accounts.set_password(opened.database, address, password(password_stdin))
    click.echo(f"{account} has a new password")


@account.command()
@click.argument("address", type=ADDRESS)
@click.option("--quota", type=SIZE_OR_NONE, metavar="SIZE", help="How large all mail may be, such as 10G, or none.")
@click.option("--messages", type=COUNT_OR_NONE, metavar="N", help="How many messages there may be, or none.")
@output.as_json
@settings
def quota(address: Address, quota: Limit | None, messages: Limit | None, json_wanted: bool) -> None:
    """Change or tell what an account may keep.

    A server that runs holds to a change at once; without options it is told what is used and allowed.
    """
    from tayori.cli.opened import Opened
    from tayori.directory import accounts

    opened = Opened(here().config())
    row = accounts.show(opened.database, address)
    if quota is not None or messages is not None:
        limits = accounts.Limits(
            row.quota if quota is None else quota.most, row.messages if messages is None else messages.most
        )
        accounts.set_limits(opened.database, address, limits)
        opened.allow(row.address)
    now = opened.quota(row.address)
    found: dict[str, output.Cell] = {
        "octets": now.storage_used,
        "quota": now.storage_limit,
        "messages": now.messages,
        "messages_quota": now.messages_limit,
    }
    if not json_wanted:
        found["quota"] = output.size(now.storage_limit) or "none"
        found["messages_quota"] = "none" if now.messages_limit is None else now.messages_limit
    output.fields(found, json_wanted)


@account.command()
@click.argument("address", type=ADDRESS)
@settings
def remove(address: Address) -> None:
    """Remove an account; its mail stays on the disk."""
    from tayori.cli.opened import Opened
    from tayori.directory import accounts

    opened = Opened(here().config())
    account = accounts.remove(opened.database, address)
    click.echo(f"{account} is removed; its mail stays in {opened.mail(account)}")


def password(from_stdin: bool) -> str:
    """One line of stdin, or asked for twice on the terminal. Raises Refused."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Refused("no terminal to ask for the password; give it with --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))

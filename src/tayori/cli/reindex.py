"""tayori reindex"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from tayori.cli.given import here, settings
from tayori.cli.parameters import ADDRESS
from tayori.model import Account, Address


@click.command("reindex")
@click.argument("addresses", type=ADDRESS, nargs=-1)
@settings
def reindex(addresses: tuple[Address, ...]) -> None:
    """Make catalogs anew from what lies in the Maildirs, those of ADDRESSES or all, while no server runs.

    UIDs, flags, keywords, subscriptions and special uses stay as Tayori, or Dovecot before it, noted them beside the
    mail. What another program left in a Maildir is taken in.
    """
    from tayori.cli.opened import Opened
    from tayori.store import paths
    from tayori.store import reindex as store

    opened = Opened(here().config())
    with opened.alone():
        named = [Account(str(address)) for address in addresses]
        for account in named or map(paths.account_of, paths.account_folders(opened.config.data)):
            with shown(account) as progress:
                count = store.reindex(opened.config.data, account, progress)
            opened.allow(account)
            click.echo(f"{account}: {count} messages")


@contextmanager
def shown(account: Account) -> Iterator[Callable[[int, int], None]]:
    """What is to be told of the progress: a bar on a terminal shows it."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label=account, file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield told

"""tayori reindex"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tayori.cli.given import here, settings
from tayori.cli.parameters import ADDRESS
from tayori.model import Account, Address

if TYPE_CHECKING:
    from tayori.cli.opened import Opened


@click.command("reindex")
@click.argument("addresses", type=ADDRESS, nargs=-1)
@click.option("--search", "texts", is_flag=True, help="Make what SEARCH looks at anew instead; a server may run.")
@settings
def reindex(addresses: tuple[Address, ...], texts: bool) -> None:
    """Make catalogs anew from the Maildirs.

    Those of ADDRESSES or of all accounts, while no server runs. UIDs, flags, keywords, subscriptions, special uses and
    annotations stay as Tayori, or Dovecot before it, noted them beside the mail. What another program left in a
    Maildir is taken in.
    """
    from tayori.cli.opened import Opened
    from tayori.store import paths

    opened = Opened(here().config())
    _tell_what_is_found()
    named = [Account(str(address)) for address in addresses]
    accounts = named or [paths.account_of(folder) for folder in paths.account_folders(opened.config.data)]
    (_extracts if texts else _catalogs)(opened, accounts)


def _tell_what_is_found() -> None:
    """Damaged files, folders without a name: on stderr, a line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("tayori: %(message)s"))
    log = logging.getLogger("tayori.store")
    log.handlers = [handler]


def _catalogs(opened: Opened, accounts: Iterable[Account]) -> None:
    from tayori.store import reindex as store

    accounts = list(accounts)
    for account in accounts:
        opened.check_ours(account)
    with opened.alone():
        held = opened.held()
        if held:
            what = f"{len(held)} messages that came before the server was killed are placed at its next start"
            click.echo(f"tayori: {opened.config.data}: {what}", err=True)
        for account in accounts:
            with shown(account) as progress:
                count = store.reindex(opened.config.data, account, progress, held)
            opened.allow(account)
            click.echo(f"{account}: {count} messages")


def _extracts(opened: Opened, accounts: Iterable[Account]) -> None:
    import asyncio

    for account in accounts:
        with shown(account) as progress:
            count = asyncio.run(_extracted(opened, account, progress))
        click.echo(f"{account}: {count} messages")


async def _extracted(opened: Opened, account: Account, progress: Callable[[int, int], None]) -> int:
    """How many messages the account has whose texts SEARCH now finds in its extract."""
    from tayori.store.extracting import Extractor

    async with opened.read(account) as mail:
        [(total,)] = await mail.catalog.rows(tuple[int], "select count(*) from mail")
        done = 0

        def told(more: int) -> None:
            nonlocal done
            done += more
            progress(done, max(done, total))

        extractor = Extractor(resting=0)
        try:
            await extractor.make_anew(mail, told)
        finally:
            extractor.close()
        return done


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

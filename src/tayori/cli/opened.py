"""DATA, opened by its owner for a command that shows or changes who is here."""

import logging
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import apsw

from tayori.cli.refusal import Refused
from tayori.config import Config
from tayori.directory import accounts, domains
from tayori.directory.database import WAIT, connect
from tayori.model import Account, Quota
from tayori.net import start
from tayori.net.bus import LocalHints
from tayori.net.clock import SystemClock
from tayori.spool import recovery
from tayori.store import Store, clean, creation, paths, quota
from tayori.store.account import AccountMail
from tayori.store.catalog import connect as connect_catalog
from tayori.store.reindex import reindex

# What the server logs of its start (as whom it runs) is no news on a command line.
logging.getLogger("tayori").addHandler(logging.NullHandler())


class Opened:
    """Root becomes DATA's owner first: no file of root's may stand in a server's way. Raises Refused."""

    def __init__(self, config: Config) -> None:
        try:
            start.own(config.data, config.user)
        except start.CannotStart as cause:
            raise Refused(str(cause)) from cause
        self.config = config
        self.database = connect(config.data)

    def check_local(self, domain: str) -> None:
        """Raises Refused: not a domain of ours."""
        if domain not in self.config.domains and not domains.exists(self.database, domain):
            where = f'"domains" in {self.config.file or "tayori.toml"}'
            raise Refused(f"{domain} is no domain of this server; say tayori domain add {domain}, or add it to {where}")

    def mail(self, account: Account) -> Path:
        """Where an account's mail lies."""
        return paths.account_folder(self.config.data, account)

    def make_mail(self, account: Account) -> None:
        """INBOX and the special mailboxes, or what lies in a Maildir there already; the account's limits.

        Raises OSError, Refused.
        """
        self.check_ours(account)
        folder = self.mail(account)
        if not paths.catalog(folder).exists():
            self._make_catalog(account, folder)
        self.allow(account)

    def check_ours(self, account: Account) -> None:
        """Raises Refused: root has put a Maildir there that the server's user cannot write to."""
        folder = self.mail(account)
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            owner = f"{os.geteuid()}:{os.getegid()}"
            raise Refused(f"{folder}: belongs to another user than the server's; say chown -R {owner} {folder}")

    def _make_catalog(self, account: Account, folder: Path) -> None:
        if (paths.maildir(folder) / "cur").is_dir():
            reindex(self.config.data, account)
        else:
            creation.create(folder, time.time(), clean.current(self.config.data))

    def allow(self, account: Account) -> None:
        """Tell the account's catalog, if there is one, of the limits that it was given. Raises Refused, TryLater."""
        path = paths.catalog(self.mail(account))
        if not path.exists():
            return
        with _catalog(account, path) as catalog, catalog:
            quota.allow(catalog, *accounts.limits(self.database, account))

    def quota(self, account: Account) -> Quota:
        """What its mail takes, and may take. Raises Refused: there is none."""
        path = paths.catalog(self.mail(account))
        if not path.exists():
            raise _no_mail(account)
        with _catalog(account, path) as catalog:
            return quota.of(catalog)

    @asynccontextmanager
    async def read(self, account: Account) -> AsyncIterator[AccountMail]:
        """An account's mail, beside a server that may run. Raises Refused: there is none."""
        if not paths.catalog(self.mail(account)).exists():
            raise _no_mail(account)
        store = Store(self.config.data, LocalHints(), SystemClock())
        try:
            yield await store.mailboxes(account)
        finally:
            await store.close()

    def held(self) -> frozenset[str]:
        """The ids of messages that the logs of a server that was killed hold. Raises OSError."""
        logs = [recovery.read(folder) for folder in (self.config.data / "spool").glob("*") if folder.is_dir()]
        return frozenset(logged.message.id for log in logs for logged in log.messages)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No server runs meanwhile. Raises Refused."""
        try:
            with start.held(self.config.data):
                yield
        except start.CannotStart as cause:
            raise Refused(str(cause)) from cause


@contextmanager
def _catalog(account: Account, path: Path) -> Iterator[apsw.Connection]:
    """Raises Refused: it cannot be used."""
    catalog = None
    try:
        catalog = connect_catalog(path)
        catalog.set_busy_timeout(WAIT)
        yield catalog
    except apsw.BusyError as cause:
        raise Refused(f"the mail of {account} is in use; try again") from cause
    except (apsw.CorruptError, apsw.NotADBError) as cause:
        raise Refused(f"{path}: {cause}; tayori reindex {account} makes it anew") from cause
    finally:
        if catalog is not None:
            catalog.close()


def _no_mail(account: Account) -> Refused:
    return Refused(f"there is no mail of {account}; tayori account list shows who is here")

"""The accounts: who they are, and what is kept of their passwords."""

from collections.abc import Callable
from typing import NamedTuple

from apsw import Connection

from tayori.directory import names
from tayori.directory.database import change
from tayori.directory.passwords import credentials
from tayori.errors import MailboxExists, NoSuchMailbox
from tayori.model import Account, Address

STORAGES = ("maildir", "mbox")


class AccountRow(NamedTuple):
    """What is told of an account."""

    address: Account
    storage: str
    quota: int | None  # octets
    created: int  # seconds UTC
    messages: int | None  # as many as there may be


class Limits(NamedTuple):
    """What all mail of an account may take; None: no limit."""

    octets: int | None = None
    messages: int | None = None


def add(
    database: Connection,
    address: Address,
    password: str,
    storage: str,
    limits: Limits,
    created: int,
    make_mail: Callable[[Account], None] = lambda account: None,
) -> Account:
    """The account is there when its mail is made, or not at all. Raises MailboxExists, CannotDo (the password)."""
    account, kept = names.account(address), credentials(password)
    with change(database):
        if exists(database, account):
            raise MailboxExists(f"{account} is there already; tayori account passwd changes its password")
        database.execute(
            "INSERT INTO accounts (address, local, storage, quota, created, messages) VALUES (?, ?, ?, ?, ?, ?)",
            (account, address.local, storage, limits.octets, created, limits.messages),
        )
        _keep(database, account, kept)
        make_mail(account)
    return account


def set_password(database: Connection, address: Address, password: str) -> Account:
    """Raises NoSuchMailbox."""
    account, kept = names.account(address), credentials(password)
    with change(database):
        show(database, address)
        database.execute("DELETE FROM credentials WHERE account = ?", (account,))
        _keep(database, account, kept)
    return account


def remove(database: Connection, address: Address) -> Account:
    """Its mail stays on the disk. Raises NoSuchMailbox."""
    with change(database):
        account = show(database, address).address
        database.execute("DELETE FROM accounts WHERE address = ?", (account,))
    return account


def oldest(database: Connection) -> list[Address]:
    """The account that was made first, who is taken to run the server; none where there is no account."""
    found = database.execute("SELECT address FROM accounts ORDER BY created, address LIMIT 1").get
    return [names.address(found)] if found else []


def show(database: Connection, address: Address) -> AccountRow:
    """Raises NoSuchMailbox."""
    account = names.account(address)
    row = database.execute(f"{_ROWS} WHERE address = ?", (account,)).fetchone()
    if row is None:
        raise NoSuchMailbox(f"there is no account {account}; tayori account list shows all")
    return AccountRow(*row)


def rows(database: Connection) -> list[AccountRow]:
    """By domain, then local part."""
    found = database.execute(_ROWS)
    return sorted((AccountRow(*row) for row in found), key=lambda row: row.address.split("@")[::-1])


_ROWS = "SELECT address, storage, quota, created, messages FROM accounts"


def limits(database: Connection, account: str) -> Limits:
    """None at all where there is no such account."""
    found = database.execute("SELECT quota, messages FROM accounts WHERE address = ?", (account,)).fetchone()
    return Limits(*found) if found else Limits()


def set_limits(database: Connection, address: Address, given: Limits) -> Account:
    """Raises NoSuchMailbox."""
    with change(database):
        account = show(database, address).address
        database.execute("UPDATE accounts SET quota = ?, messages = ? WHERE address = ?", (*given, account))
    return account


def exists(database: Connection, account: str) -> bool:
    return database.execute("SELECT 1 FROM accounts WHERE address = ?", (account,)).get is not None


def with_local_part(database: Connection, local: str) -> list[Account]:
    return [account for (account,) in database.execute("SELECT address FROM accounts WHERE local = ?", (local,))]


def credential(database: Connection, account: str, kind: str) -> str:
    """As it is stored, "" when there is none."""
    found = database.execute("SELECT value FROM credentials WHERE account = ? AND kind = ?", (account, kind)).get
    return str(found or "")


def _keep(database: Connection, account: Account, kept: dict[str, str]) -> None:
    database.executemany(
        "INSERT INTO credentials VALUES (?, ?, ?)", [(account, kind, value) for kind, value in kept.items()]
    )

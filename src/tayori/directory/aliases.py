"""Aliases: an address, or a whole domain's rest ("@domain"), that leads to others, here or elsewhere.

One may have an account's address: who names itself among the targets keeps a copy.
"""

from apsw import Connection

from tayori.directory import names
from tayori.directory.database import change
from tayori.errors import MailboxExists, NoSuchMailbox
from tayori.model import Address

DEPTH = 10  # aliases that lead to aliases


def add(database: Connection, alias: Address, targets: list[Address]) -> None:
    """Behind those it has. Raises MailboxExists: it leads there already."""
    key = names.account(alias)
    with change(database):
        there = _targets(database, key)
        for target in map(names.account, targets):
            if target in there:
                raise MailboxExists(f"{key} leads to {target} already")
            there.append(target)
        _replace(database, key, there)


def remove(database: Connection, alias: Address, targets: list[Address]) -> None:
    """Only these targets, or all when none are given. Raises NoSuchMailbox."""
    key, gone = names.account(alias), [names.account(target) for target in targets]
    with change(database):
        there = _targets(database, key)
        missing = [target for target in gone if target not in there]
        if not there or missing:
            what = f"leads not to {missing[0]}" if there else "is no alias"
            raise NoSuchMailbox(f"{key} {what}; tayori alias list shows all")
        _replace(database, key, [target for target in there if gone and target not in gone])


def targets(database: Connection, alias: Address) -> list[Address]:
    """Where it leads, in the order given; [] for no alias."""
    return [_address(target) for target in _targets(database, names.account(alias))]


def rows(database: Connection) -> dict[str, list[str]]:
    """Every alias with its targets, by name."""
    found: dict[str, list[str]] = {}
    for alias, target in database.execute("SELECT address, target FROM aliases ORDER BY address, place"):
        found.setdefault(alias, []).append(target)
    return found


def leads_to(database: Connection, alias: str, account: str) -> bool:
    """Whether a chain of aliases goes from one to the other."""
    reached = {account}
    for _ in range(DEPTH):
        marks = ",".join("?" * len(reached))
        above = database.execute(f"SELECT address FROM aliases WHERE target IN ({marks})", tuple(reached))
        if not (found := {address for (address,) in above} - reached):
            return False
        if alias in found:
            return True
        reached |= found
    return False


def _targets(database: Connection, key: str) -> list[str]:
    found = database.execute("SELECT target FROM aliases WHERE address = ? ORDER BY place", (key,))
    return [target for (target,) in found]


def _replace(database: Connection, key: str, there: list[str]) -> None:
    database.execute("DELETE FROM aliases WHERE address = ?", (key,))
    database.executemany("INSERT INTO aliases VALUES (?, ?, ?)", [(key, *row) for row in enumerate(there)])


def _address(text: str) -> Address:
    local, _, domain = text.rpartition("@")
    return Address(local, domain)

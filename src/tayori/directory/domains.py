"""The domains that are ours, beside those of the settings."""

from apsw import Connection

from tayori.directory import names
from tayori.directory.database import change
from tayori.errors import MailboxExists, NoSuchDomain


def add(database: Connection, name: str) -> str:
    """Its kept form. Raises MailboxExists, ValueError."""
    domain = names.domain(name)
    with change(database):
        if exists(database, domain):
            raise MailboxExists(f"{domain} is there already")
        database.execute("INSERT INTO domains VALUES (?)", (domain,))
    return domain


def remove(database: Connection, name: str) -> None:
    """Raises NoSuchDomain, ValueError."""
    domain = names.domain(name)
    with change(database):
        if not exists(database, domain):
            raise NoSuchDomain(f"{domain} is not among the added domains; tayori domain list shows them")
        database.execute("DELETE FROM domains WHERE name = ?", (domain,))


def exists(database: Connection, domain: str) -> bool:
    return database.execute("SELECT 1 FROM domains WHERE name = ?", (domain,)).get is not None


def rows(database: Connection) -> list[str]:
    return [name for (name,) in database.execute("SELECT name FROM domains ORDER BY name")]

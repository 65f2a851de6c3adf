"""How much an account may keep. RFC 9208 calls it STORAGE; octets in CRLF form here."""

import apsw

from tayori.errors import OverQuota


def used(db: apsw.Connection) -> int:
    """Octets of all messages of all mailboxes; a copy counts as much as its original."""
    return int(db.execute("select total(size) from mailbox where name is not null").get)


def check(db: apsw.Connection, octets: int) -> None:
    """Return if the account may grow by so much. Raises OverQuota."""
    limit = db.execute("select quota from account").get
    if limit is not None and used(db) + octets > limit:
        raise OverQuota("The mailbox is full")


def allow(db: apsw.Connection, octets: int | None) -> None:
    """Set the limit; None: no limit."""
    db.execute("update account set quota = ?", (octets,))

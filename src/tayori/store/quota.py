"""How much an account may keep. RFC 9208 calls it STORAGE and MESSAGE; octets in CRLF form here."""

import apsw

from tayori.errors import OverQuota
from tayori.model import Quota


def of(db: apsw.Connection) -> Quota:
    """What all messages of all mailboxes take; a copy counts as much as its original."""
    octets, messages = db.execute("select total(size), total(messages) from mailbox where name is not null").get
    limit, messages_limit = db.execute("select quota, quota_messages from account").get
    return Quota(int(octets), limit, int(messages), messages_limit)


def check(db: apsw.Connection, octets: int, messages: int) -> None:
    """Return if the account may grow by so much. Raises OverQuota."""
    limits = db.execute("select quota, quota_messages from account").get
    if limits == (None, None):
        return
    now = of(db)
    if now.storage_limit is not None and now.storage_used + octets > now.storage_limit:
        raise OverQuota("The mailbox is full")
    if now.messages_limit is not None and now.messages + messages > now.messages_limit:
        raise OverQuota("The mailbox holds as many messages as it may")


def allow(db: apsw.Connection, octets: int | None) -> None:
    """Set the limit; None: no limit."""
    db.execute("update account set quota = ?", (octets,))


def allow_messages(db: apsw.Connection, messages: int | None) -> None:
    """Set how many there may be; None: no limit."""
    db.execute("update account set quota_messages = ?", (messages,))

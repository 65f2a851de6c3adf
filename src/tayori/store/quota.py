"""How much an account may keep. RFC 9208 calls it STORAGE and MESSAGE; octets in CRLF form here."""

from dataclasses import dataclass

import apsw

from tayori.errors import OverQuota
from tayori.model import Quota


def of(db: apsw.Connection) -> Quota:
    """What all messages of all mailboxes take; a copy counts as much as its original."""
    octets, messages = db.execute("select total(size), total(messages) from mailbox where name is not null").get
    limit, messages_limit = db.execute("select quota, quota_messages from account").get
    return Quota(int(octets), limit, int(messages), messages_limit)


@dataclass(slots=True)
class Left:
    """By how much an account may still grow; None: by any number. Below 0 where it holds more than it may."""

    octets: int | None
    messages: int | None

    def take(self, octets: int, messages: int) -> None:
        """Grow by so much; what does not grow has room always. Raises OverQuota: nothing is taken."""
        if self.octets is not None and octets > max(self.octets, 0):
            raise OverQuota("The mailbox is full")
        if self.messages is not None and messages > max(self.messages, 0):
            raise OverQuota("The mailbox holds as many messages as it may")
        self.octets = None if self.octets is None else self.octets - octets
        self.messages = None if self.messages is None else self.messages - messages


def left(db: apsw.Connection) -> Left:
    """Of an account with limits or without."""
    now = of(db)
    return Left(
        None if now.storage_limit is None else now.storage_limit - now.storage_used,
        None if now.messages_limit is None else now.messages_limit - now.messages,
    )


def is_limited(db: apsw.Connection) -> bool:
    """Whether there are any limits."""
    return bool(db.execute("select quota is not null or quota_messages is not null from account").get)


def check(db: apsw.Connection, octets: int, messages: int) -> None:
    """Return if the account may grow by so much; each message has an octet at least. Raises OverQuota."""
    if is_limited(db):
        left(db).take(max(octets, messages), messages)


def allow(db: apsw.Connection, octets: int | None, messages: int | None) -> None:
    """Set both limits; None: no limit."""
    db.execute("update account set quota = ?, quota_messages = ?", (octets, messages))

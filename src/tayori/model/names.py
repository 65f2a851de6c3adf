"""What accounts, mailboxes and addresses are called."""

from typing import NamedTuple, NewType

Account = NewType("Account", str)
"""An account's own address, lower-cased: "alice@example.org"; the key of everything that is kept for it."""

MailboxName = NewType("MailboxName", str)
"""A mailbox's name as people read it: NFC, levels divided by "/", the inbox always "INBOX"."""

INBOX = MailboxName("INBOX")
DELIMITER = "/"

SPECIAL_USES = {"Archive": "\\Archive", "Drafts": "\\Drafts", "Junk": "\\Junk", "Sent": "\\Sent", "Trash": "\\Trash"}
"""Mailboxes made with each account, and their use. RFC 6154 section 2."""


class Address(NamedTuple):
    """A mailbox's address; the domain is lower case and Unicode (U-label), "" only for a bare "postmaster"."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}" if self.domain else self.local


class Identity(NamedTuple):
    """Who logged in, and under which name."""

    account: Account
    login: str

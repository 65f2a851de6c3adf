"""Who sends a message, to whom, and how it comes. RFC 5321 section 2.3.1."""

from dataclasses import dataclass, field
from enum import Enum

from tayori.model.names import Account, Address


class BodyType(Enum):
    """What the client declared of the content. RFC 6152, RFC 3030."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"


@dataclass(slots=True)
class Recipient:
    """One RCPT TO: the path as sent, and its DSN parameters. RFC 3461 section 4."""

    address: Address
    original: str = ""  # ORCPT, "rfc822;a@b", decoded from xtext
    notify: frozenset[str] = frozenset()  # NEVER, or some of SUCCESS FAILURE DELAY; empty: not said


@dataclass(slots=True)
class Envelope:
    """Who sends, and to whom; `sender` is "" for the null reverse-path."""

    sender: str
    recipients: list[Recipient] = field(default_factory=list)
    body: BodyType = BodyType.SEVEN_BIT
    smtputf8: bool = False
    returned: str = ""  # RET: FULL or HDRS
    id: str = ""  # ENVID, decoded from xtext


@dataclass(slots=True)
class Origin:
    """From whom and how a conversation comes: what a Received field says of it. RFC 5321 section 4.4."""

    service: str  # "smtp", "submission", "submissions", "alternate", "lmtp", "imap", "pop3", "sendmail"
    address: str  # of the peer: "127.0.0.1", "::1", or "unix"
    helo: str = ""
    protocol: str = "SMTP"  # SMTP ESMTP ESMTPS ESMTPA ESMTPSA, UTF8…, LMTP…; RFC 3848, RFC 6531 section 4.3
    tls: str = ""  # "TLSv1.3 TLS_AES_256_GCM_SHA384", or nothing
    account: Account | None = None  # who logged in

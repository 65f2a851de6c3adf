"""What is said, and with which codes: errors meet them here and nowhere else. RFC 5321 section 4.2, RFC 3463."""

import re
from collections.abc import Mapping

from tayori import errors
from tayori.errors import Refusal

OK = b"250 2.0.0 OK\r\n"
SENDER_OK = b"250 2.1.0 Sender OK\r\n"
RECIPIENT_OK = b"250 2.1.5 Recipient OK\r\n"
START_INPUT = b"354 Start mail input; end with <CRLF>.<CRLF>\r\n"
READY_FOR_TLS = b"220 2.0.0 Ready to start TLS\r\n"
LOGGED_IN = b"235 2.7.0 Authentication succeeded\r\n"
CANNOT_VERIFY = b"252 2.0.0 Not verified; send a message and it will be tried\r\n"

MAX_TEXT = 400  # octets of text in a reply line of 512, RFC 5321 section 4.5.3.1.5

CODES: Mapping[type[Exception], bytes] = {
    Refusal: b"554 5.0.0",
    errors.ProtocolError: b"501 5.5.4",
    errors.UnknownCommand: b"500 5.5.1",
    errors.WrongState: b"503 5.5.1",
    errors.LineTooLong: b"500 5.5.2",
    errors.TooManyErrors: b"421 4.7.0",
    errors.BareLineEnd: b"550 5.6.11",
    errors.UnsupportedParameter: b"555 5.5.4",
    errors.BadAddress: b"501 5.1.3",
    errors.Utf8NotAnnounced: b"553 5.6.7",
    errors.NotOffered: b"502 5.5.1",
    errors.UnknownMechanism: b"504 5.5.4",
    errors.NotAllowed: b"550 5.7.1",
    errors.LoginNeeded: b"530 5.7.0",
    errors.EncryptionNeeded: b"538 5.7.11",
    errors.LoginFailed: b"535 5.7.8",
    errors.LoginCancelled: b"501 5.7.0",
    errors.NoSuchMailbox: b"550 5.1.1",
    errors.NoSuchDomain: b"550 5.1.2",
    errors.CannotDo: b"553 5.1.3",
    errors.TooLarge: b"552 5.3.4",
    errors.TooMany: b"452 4.5.3",
    errors.OverQuota: b"552 5.2.2",
    errors.MailLoop: b"554 5.4.6",
    errors.TryLater: b"451 4.3.0",
    errors.NoSpace: b"452 4.3.1",
    errors.ShuttingDown: b"421 4.3.2",
}

Codes = Mapping[type[Exception], bytes]

NO_OTHERS: Codes = {}

SENDER_CODES: Codes = {errors.BadAddress: b"501 5.1.7"}
"""Where MAIL says something else."""

LOGIN_CODES: Codes = {
    errors.TryLater: b"454 4.7.0",
    errors.ProtocolError: b"501 5.5.2",
    errors.LineTooLong: b"500 5.5.6",
}
"""Where AUTH says something else. RFC 4954 section 4 and 6."""

_UNSAYABLE = re.compile(rb"[^ -~]+")


def refusal(error: Refusal, others: Codes = NO_OTHERS) -> bytes:
    """NoSuchMailbox("No such mailbox") gives b"550 5.1.1 No such mailbox" CRLF; `others` come before CODES."""
    kind = next(kind for kind in type(error).__mro__ if kind in others or kind in CODES)
    text = str(error).encode("ascii", "replace")[:MAX_TEXT]
    return b"%b %b\r\n" % (others.get(kind) or CODES[kind], _UNSAYABLE.sub(b" ", text) or b"Refused")


def accepted(spool_id: str, recipients: int, refused: Mapping[int, Refusal]) -> bytes:
    """An answer for each of so many recipients, a no for those that are `refused`. RFC 2033 section 4.2."""
    yes = b"250 2.0.0 Accepted as " + spool_id.encode("ascii") + b"\r\n"
    if not refused:
        return yes * recipients
    return b"".join(refusal(refused[nth]) if nth in refused else yes for nth in range(recipients))


def chunk_taken(octets: int) -> bytes:
    return b"250 2.0.0 %d octets taken\r\n" % octets


def greeting(hostname: str, lmtp: bool) -> bytes:
    return f"220 {hostname} {'LMTP' if lmtp else 'ESMTP'} Tayori\r\n".encode("ascii")


def goodbye(hostname: str) -> bytes:
    return f"221 2.0.0 {hostname} closes the connection\r\n".encode("ascii")


def hello(hostname: str) -> bytes:
    """HELO's answer."""
    return f"250 {hostname}\r\n".encode("ascii")


def capabilities(hostname: str, keywords: list[bytes]) -> bytes:
    """EHLO's answer: the name, then a line per keyword. RFC 5321 section 4.1.1.1."""
    *before, last = [hostname.encode("ascii"), *keywords]
    return b"".join(b"250-%b\r\n" % line for line in before) + b"250 %b\r\n" % last


def help_text(verbs: list[bytes]) -> bytes:
    return b"214 2.0.0 Commands: " + b" ".join(verbs) + b"\r\n"


def challenge(base64: bytes) -> bytes:
    """A step of AUTH. RFC 4954 section 4."""
    return b"334 " + base64 + b"\r\n"


def farewell(hostname: str, reason: str) -> bytes:
    """The last words when the connection is ended from outside. RFC 5321 section 3.8."""
    words = {
        "timeout": "421 4.4.2 {} waited too long",
        "shutdown": "421 4.3.2 {} shuts down, try again soon",
    }.get(reason, "421 4.3.0 {} has a fault, try again later")
    return (words.format(hostname) + "\r\n").encode("ascii")

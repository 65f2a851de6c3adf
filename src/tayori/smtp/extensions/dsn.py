"""DSN: what the sender wants to hear of the delivery; kept in the envelope. RFC 3461 section 4."""

from tayori.errors import ProtocolError
from tayori.model import Recipient
from tayori.smtp import grammar
from tayori.smtp.session import Extension, Session
from tayori.smtp.transaction import Transaction

MAX_ENVID = 100  # octets, RFC 3461 section 4.4
MAX_ORCPT = 500  # octets, RFC 3461 section 4.2
EVENTS = frozenset({"SUCCESS", "FAILURE", "DELAY"})


def ret(session: Session, transaction: Transaction, value: str) -> None:
    """How much of the message comes back. Raises ProtocolError. RFC 3461 section 4.3."""
    if value.upper() not in ("FULL", "HDRS"):
        raise ProtocolError("RET is FULL or HDRS")
    transaction.envelope.returned = value.upper()


def envid(session: Session, transaction: Transaction, value: str) -> None:
    """Raises ProtocolError. RFC 3461 section 4.4."""
    if not value or len(value) > MAX_ENVID:
        raise ProtocolError(f"ENVID has 1 to {MAX_ENVID} characters")
    transaction.envelope.id = grammar.from_xtext(value)


def notify(session: Session, recipient: Recipient, value: str) -> None:
    """Raises ProtocolError. RFC 3461 section 4.1."""
    events = frozenset(value.upper().split(","))
    if events != {"NEVER"} and not (events and events <= EVENTS):
        raise ProtocolError("NOTIFY is NEVER, or a list of SUCCESS, FAILURE, DELAY")
    recipient.notify = events


def orcpt(session: Session, recipient: Recipient, value: str) -> None:
    """Raises ProtocolError. RFC 3461 section 4.2."""
    kind, semicolon, address = value.partition(";")
    if not (kind and semicolon and address) or len(value) > MAX_ORCPT:
        raise ProtocolError("ORCPT is type;address")
    recipient.original = f"{kind.lower()};{grammar.from_xtext(address)}"


EXTENSION = Extension(
    "3461", lambda session: b"DSN", mail={"RET": ret, "ENVID": envid}, rcpt={"NOTIFY": notify, "ORCPT": orcpt}
)

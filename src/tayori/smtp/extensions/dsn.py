"""DSN: what the sender wants to hear of delivery. RFC 3461; kept in the envelope for whoever sends on."""

from tayori.errors import ProtocolError
from tayori.model import Recipient
from tayori.smtp import grammar
from tayori.smtp.session import Extension, Session
from tayori.smtp.transaction import Transaction

EVENTS = frozenset({"SUCCESS", "FAILURE", "DELAY"})
MAX_ENVELOPE_ID = 100  # characters, RFC 3461 section 4.4
MAX_ORIGINAL = 500  # characters, RFC 3461 section 4.2


def returned(session: Session, transaction: Transaction, value: str) -> None:
    """RET. Raises ProtocolError. RFC 3461 section 4.3."""
    if value.upper() not in ("FULL", "HDRS"):
        raise ProtocolError("RET is FULL or HDRS")
    transaction.envelope.returned = value.upper()


def envelope_id(session: Session, transaction: Transaction, value: str) -> None:
    """ENVID. Raises ProtocolError. RFC 3461 section 4.4."""
    if not value or len(value) > MAX_ENVELOPE_ID:
        raise ProtocolError("ENVID is 1 to 100 characters")
    transaction.envelope.id = grammar.from_xtext(value)


def notify(session: Session, recipient: Recipient, value: str) -> None:
    """NOTIFY. Raises ProtocolError. RFC 3461 section 4.1."""
    wanted = value.upper().split(",")
    if wanted != ["NEVER"] and not EVENTS.issuperset(wanted):
        raise ProtocolError("NOTIFY is NEVER, or some of SUCCESS,FAILURE,DELAY")
    recipient.notify = frozenset(wanted)


def original(session: Session, recipient: Recipient, value: str) -> None:
    """ORCPT. Raises ProtocolError. RFC 3461 section 4.2, RFC 6533 section 3."""
    kind, semicolon, address = value.partition(";")
    if not (kind and semicolon and address) or len(value) > MAX_ORIGINAL:
        raise ProtocolError("ORCPT is type;address")
    decode = grammar.from_utf8_xtext if kind.lower() == "utf-8" else grammar.from_xtext
    recipient.original = f"{kind.lower()};{decode(address)}"


EXTENSION = Extension(
    "3461",
    lambda session: b"DSN",
    mail={"RET": returned, "ENVID": envelope_id},
    rcpt={"NOTIFY": notify, "ORCPT": original},
)

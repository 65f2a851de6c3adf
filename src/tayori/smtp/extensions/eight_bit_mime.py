"""8BITMIME: the BODY parameter. RFC 6152; its value BINARYMIME is RFC 3030 section 3."""

from tayori.errors import ProtocolError
from tayori.model import BodyType
from tayori.smtp.session import Extension, Session
from tayori.smtp.transaction import Transaction


def body(session: Session, transaction: Transaction, value: str) -> None:
    """Raises ProtocolError. Octets above 127 are taken whatever was declared, as everyone does."""
    try:
        transaction.envelope.body = BodyType(value.upper())
    except ValueError as cause:
        raise ProtocolError("BODY is 7BIT, 8BITMIME or BINARYMIME") from cause


EXTENSION = Extension("6152", lambda session: b"8BITMIME", mail={"BODY": body})

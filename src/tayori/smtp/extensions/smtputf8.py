"""SMTPUTF8: addresses and header fields in UTF-8. RFC 6531."""

from tayori.errors import ProtocolError
from tayori.smtp.session import Extension, Session
from tayori.smtp.transaction import Transaction


def announced(session: Session, transaction: Transaction, value: str) -> None:
    """Raises ProtocolError: it takes no value."""
    if value:
        raise ProtocolError("SMTPUTF8 takes no value")
    transaction.envelope.smtputf8 = True


EXTENSION = Extension("6531", lambda session: b"SMTPUTF8", mail={"SMTPUTF8": announced})

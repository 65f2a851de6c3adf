"""SIZE: too large a message is refused before it is sent. RFC 1870."""

from tayori.smtp import grammar
from tayori.smtp.session import Extension, Session
from tayori.smtp.transaction import Transaction, too_large


def declared(session: Session, transaction: Transaction, value: str) -> None:
    """Raises TooLarge, ProtocolError."""
    transaction.size = grammar.number(value)
    if transaction.size > session.settings.message:
        raise too_large(session.settings.message)


EXTENSION = Extension("1870", lambda session: b"SIZE %d" % session.settings.message, mail={"SIZE": declared})

"""RETR: a whole message. RFC 1939 section 5."""

from tayori.pop3 import engine, grammar, reply
from tayori.pop3.session import Session, Verb


async def retr(session: Session, argument: bytes) -> None:
    """Raises NoSuchMessage, Expunged."""
    number = grammar.number(argument)
    message = await session.maildrop.content(number)
    session.write(b"+OK %d octets\r\n" % session.maildrop.sizes[number - 1])
    for octets in engine.text(message, len(message.raw)):
        session.write(octets)
        await session.room()
    session.write(reply.END)


VERB = Verb(b"RETR", retr)

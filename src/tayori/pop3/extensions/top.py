"""TOP: a message's header and the first lines of its body. RFC 1939 section 7, RFC 2449 section 6.1."""

from tayori.pop3 import engine, grammar, reply
from tayori.pop3.session import Extension, Session, Verb


async def top(session: Session, argument: bytes) -> None:
    """Raises NoSuchMessage, Expunged."""
    number, lines = grammar.two_numbers(argument)
    message = await session.maildrop.content(number)
    session.write(reply.OK)
    for octets in engine.text(message, engine.top(message, lines)):
        session.write(octets)
        await session.room()
    session.write(reply.END)


EXTENSION = Extension("1939", lambda session: b"TOP", (Verb(b"TOP", top),))

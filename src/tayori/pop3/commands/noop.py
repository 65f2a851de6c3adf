"""NOOP. RFC 1939 section 5."""

from tayori.pop3 import grammar, reply
from tayori.pop3.session import Session, Verb


async def noop(session: Session, argument: bytes) -> None:
    grammar.nothing(argument)
    session.write(reply.OK)


VERB = Verb(b"NOOP", noop)

"""STAT: how many messages, how many octets. RFC 1939 section 5."""

from tayori.pop3 import grammar, reply
from tayori.pop3.session import Session, Verb


async def stat(session: Session, argument: bytes) -> None:
    grammar.nothing(argument)
    count, octets = session.maildrop.total()
    session.write(reply.ok(f"{count} {octets}"))


VERB = Verb(b"STAT", stat)

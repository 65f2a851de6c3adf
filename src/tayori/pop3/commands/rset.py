"""RSET: nothing is deleted. RFC 1939 section 5."""

from tayori.pop3 import grammar, reply
from tayori.pop3.session import Session, Verb


async def rset(session: Session, argument: bytes) -> None:
    grammar.nothing(argument)
    session.maildrop.deleted.clear()
    session.write(reply.OK)


VERB = Verb(b"RSET", rset)

"""DELE: a message will go with QUIT. RFC 1939 section 5."""

from tayori.pop3 import grammar, reply
from tayori.pop3.session import Session, Verb


async def dele(session: Session, argument: bytes) -> None:
    session.maildrop.deleted.add(session.maildrop.check(grammar.number(argument)))
    session.write(reply.OK)


VERB = Verb(b"DELE", dele)

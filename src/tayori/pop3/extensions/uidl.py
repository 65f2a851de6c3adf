"""UIDL: names of messages that stay the same in every session. RFC 1939 section 7, RFC 2449 section 6.8."""

from tayori.pop3 import listing
from tayori.pop3.session import Extension, Session, Verb


async def uidl(session: Session, argument: bytes) -> None:
    await listing.answer(session, argument, session.maildrop.uid)


EXTENSION = Extension("1939", lambda session: b"UIDL", (Verb(b"UIDL", uidl),))

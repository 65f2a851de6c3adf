"""EHLO, HELO, and LMTP's LHLO. RFC 5321 section 4.1.1.1, RFC 2033 section 4.1."""

from dataclasses import replace

from tayori.smtp import grammar, reply
from tayori.smtp.session import Session, Verb


async def ehlo(session: Session, argument: bytes) -> bytes:
    """The keywords of all extensions that are to be had now. A transaction ends: RFC 5321 section 4.1.4."""
    _greet(session, argument, "LMTP" if session.settings.lmtp else "ESMTP")
    keywords = (extension.keyword(session) for extension in session.offer.extensions)
    return reply.capabilities(session.settings.hostname, [keyword for keyword in keywords if keyword])


async def helo(session: Session, argument: bytes) -> bytes:
    _greet(session, argument, "SMTP")
    return reply.hello(session.settings.hostname)


def _greet(session: Session, argument: bytes, protocol: str) -> None:
    """The protocol's name tells of TLS and of a log-in, if it can: RFC 3848."""
    name = grammar.helo(argument)
    if protocol != "SMTP":
        protocol += ("S" if session.peer.secure else "") + ("A" if session.account else "")
    session.origin = replace(session.origin, helo=name, protocol=protocol, tls=session.peer.tls)
    session.reset()
    session.greeted = True


VERBS = (Verb(b"EHLO", ehlo, only="smtp"), Verb(b"HELO", helo, only="smtp"), Verb(b"LHLO", ehlo, only="lmtp"))

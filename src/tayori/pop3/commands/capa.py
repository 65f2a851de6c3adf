"""CAPA: what can be had now. RFC 2449 section 5."""

from tayori.pop3 import grammar, reply
from tayori.pop3.session import ANY, Session, Verb


async def capa(session: Session, argument: bytes) -> None:
    grammar.nothing(argument)
    tags = [tag for extension in session.offer.extensions if (tag := extension.tag(session)) is not None]
    session.write(reply.ok("Capabilities follow") + b"".join(tag + b"\r\n" for tag in tags) + reply.END)


VERB = Verb(b"CAPA", capa, ANY)

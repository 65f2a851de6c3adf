"""LIST: the sizes of all messages, or of one. RFC 1939 section 5."""

from tayori.pop3 import listing
from tayori.pop3.session import Session, Verb


async def list_sizes(session: Session, argument: bytes) -> None:
    sizes = session.maildrop.sizes
    await listing.answer(session, argument, lambda number: str(sizes[number - 1]))


VERB = Verb(b"LIST", list_sizes)

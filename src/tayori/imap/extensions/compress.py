"""COMPRESS=DEFLATE: what both say from now on is compressed. RFC 4978.

No two answers share a compression window (Peer.separate): who has mail sent here and watches lengths learns nothing of
other answers by it.
"""

from tayori.errors import CompressionActive, ProtocolError
from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Extension, Verb, after_login
from tayori.imap.session import Session

CAPABILITY = b"COMPRESS=DEFLATE"
ENDS_IT = b"UNAUTHENTICATE"  # by RFC 8437 section 4.1, which this server cannot: it does not offer it any more


async def compress(session: Session, arguments: Arguments) -> bytes:
    """What stands behind the command's line is compressed already. Raises CompressionActive: it is on."""
    arguments.space()
    mechanism = arguments.word()
    arguments.end()
    if mechanism != b"DEFLATE":
        raise ProtocolError("Only DEFLATE is known here")
    if CAPABILITY in session.spent:
        raise CompressionActive("Compression is on already")
    session.spent |= {CAPABILITY, ENDS_IT}

    async def start() -> None:
        session.peer.start_compression(session.engine.left())

    session.afterwards = start
    return b"DEFLATE active"


EXTENSION = Extension(
    rfc="4978", capability=CAPABILITY, shown=after_login, verbs=(Verb(b"COMPRESS", compress, LOGGED_IN),)
)

"""ID: who the server is; what the client says of itself is checked and forgotten. RFC 2971."""

from tayori.errors import ProtocolError
from tayori.imap.grammar import Arguments
from tayori.imap.offer import ANY, Extension, Verb
from tayori.imap.session import Session

MAX_PAIRS = 30  # RFC 2971 section 3.3
MAX_FIELD = 30  # octets
MAX_VALUE = 1024  # octets


async def identify(session: Session, arguments: Arguments) -> None:
    arguments.space()
    _read_client(arguments)
    arguments.end()
    session.write(b'* ID ("name" "Tayori")\r\n')


def _read_client(arguments: Arguments) -> None:
    """NIL, or ("name" "value" …) with NIL for a value. RFC 2971 section 4.

    Spaces may stand within the parentheses too: aioimaplib says ID ( "name" "value" ).
    """
    if not arguments.next_is(b"("):
        if arguments.nstring() is not None:
            raise ProtocolError("NIL or a list is expected")
        return
    arguments.need(b"(")
    said: list[bytes | None] = []
    arguments.skip(b" ")
    while not arguments.skip(b")"):
        said.append(arguments.nstring())
        if not arguments.next_is(b")"):
            arguments.space()
    fields, values = said[::2], said[1::2]
    if len(said) % 2 or len(fields) > MAX_PAIRS or any(field is None for field in fields):
        raise ProtocolError("At most 30 fields, each with its value")
    if any(len(field or b"") > MAX_FIELD for field in fields) or any(len(value or b"") > MAX_VALUE for value in values):
        raise ProtocolError("A field or value is too long")


EXTENSION = Extension(rfc="2971", capability=b"ID", verbs=(Verb(b"ID", identify, ANY),))

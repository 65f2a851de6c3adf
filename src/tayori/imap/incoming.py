"""A message on its way into a draft: each of its octets is looked at and counted here. RFC 3501 section 6.3.11."""

from tayori.errors import ProtocolError, TooLarge, UnknownEncoding
from tayori.imap.engine import Literal
from tayori.imap.grammar import Arguments
from tayori.imap.session import Session
from tayori.ports import Draft


def announced(arguments: Arguments) -> Literal:
    """The literal that stands next. Raises ProtocolError: there is none."""
    if arguments.literal is None or not arguments.at_end():
        raise ProtocolError("The message is expected as a literal")
    return arguments.literal


class Incoming:
    __slots__ = ("_draft", "octets", "session")

    def __init__(self, session: Session, draft: Draft) -> None:
        self.session = session
        self.octets = 0  # that have come
        self._draft = draft

    async def take_literal(self, arguments: Arguments) -> None:
        """Write the literal that stands next, asked for once its size is allowed. Raises TooLarge, ProtocolError."""
        self._check(announced(arguments).octets)
        async for chunk in self.session.message(arguments):
            await self.write(chunk)

    async def write(self, chunk: bytes) -> None:
        """Raises TooLarge, UnknownEncoding, NoSpace, TryLater."""
        self._check(len(chunk))
        if b"\0" in chunk:
            raise UnknownEncoding("A message with NUL cannot be kept")
        self.octets += len(chunk)
        await self._draft.write(chunk)

    def _check(self, octets: int) -> None:
        limit = self.session.settings.message
        if self.octets + octets > limit:
            raise TooLarge(f"A message may have {limit} octets")

"""A SASL exchange as SMTP, IMAP and POP3 carry it: base64 in lines. RFC 4954 section 4, RFC 9051 section 6.2.2.

A protocol gives two things: how a challenge line is said, and how a line is read. The mechanisms lie in sasl/.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable

from tayori.errors import LoginCancelled, ProtocolError

MAX_RESPONSE = 12288  # octets of base64 in one line, RFC 4954 section 4


class Exchange:
    """The channel that a mechanism talks through.

    `say(base64)` sends a challenge line; `hear()` gives the client's next line, without its end.
    """

    __slots__ = ("_hear", "_initial", "_say")

    def __init__(
        self, say: Callable[[bytes], None], hear: Callable[[], Awaitable[bytes]], initial: bytes | None = None
    ) -> None:
        self._say = say
        self._hear = hear
        self._initial = initial  # base64 as sent with the command; b"=" stands for an empty response

    async def first(self) -> bytes:
        """The client's first word, asked for by an empty challenge if it did not come with the command."""
        if self._initial is None:
            return await self.ask(b"")
        initial, self._initial = self._initial, None
        return b"" if initial == b"=" else decoded(initial)

    def has_first(self) -> bool:
        return self._initial is not None

    async def ask(self, challenge: bytes) -> bytes:
        """Send a challenge and return the response. Raises LoginCancelled ("*"), ProtocolError (not base64)."""
        self._say(b64encode(challenge))
        line = await self._hear()
        if line == b"*":
            raise LoginCancelled("Authentication cancelled")
        return decoded(line)


def decoded(response: bytes) -> bytes:
    """Base64 to octets. Raises ProtocolError."""
    if len(response) > MAX_RESPONSE:
        raise ProtocolError("Authentication response too long")
    try:
        return b64decode(response, validate=True)
    except NotBase64 as cause:
        raise ProtocolError("Not valid base64") from cause

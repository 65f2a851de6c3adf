"""What a mechanism is, and what it talks through. RFC 4422 section 3."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from tayori.model import Identity, Origin
from tayori.ports import Directory, Peer


class Channel(Protocol):
    """The two steps of an exchange, whatever the protocol around it (wire.exchange.Exchange)."""

    async def first(self) -> bytes:
        """The client's first response, asked for if it did not come with the command."""

    def has_first(self) -> bool:
        """Whether it came with the command."""

    async def ask(self, challenge: bytes) -> bytes:
        """Send a challenge, return the response. Raises LoginCancelled, ProtocolError."""


@dataclass(slots=True)
class Attempt:
    """One try to log in: who is asked, and from where."""

    channel: Channel
    directory: Directory
    origin: Origin
    peer: Peer
    offered: Collection[str] = ()  # names of the mechanisms that the peer was told of


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`run` returns who logged in. It raises LoginFailed, LoginCancelled, ProtocolError, TryLater."""

    name: str
    run: Callable[[Attempt], Awaitable[Identity]]
    plaintext: bool = False  # the wire shows the password: TLS only, unless set otherwise
    needs_tls: bool = False  # channel binding

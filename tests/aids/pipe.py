"""Two peers that talk to each other: a client of ours and a server of ours, without a socket."""

import asyncio

from aids.peer import TLS
from tayori.errors import Gone


class End:
    """One end; implements ports.Peer."""

    def __init__(self) -> None:
        self.address = "192.0.2.1"
        self.secure = False
        self.tls = ""
        self.can_start_tls = True
        self.other: End = self
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(self) -> bytes:
        chunk = await self._inbox.get()
        if not chunk:
            raise Gone
        return chunk

    def write(self, chunk: bytes) -> None:
        if chunk:
            self.other._inbox.put_nowait(chunk)

    def close(self) -> None:
        self.other._inbox.put_nowait(b"")

    async def room(self) -> None:
        return

    async def start_tls(self) -> None:
        self.secure, self.tls, self.can_start_tls = True, TLS, False

    def start_compression(self, behind: bytes) -> None:
        raise NotImplementedError

    def separate(self) -> None:
        return

    def wake(self) -> None:
        raise NotImplementedError

    def channel_binding(self, kind: str) -> bytes | None:
        return None


def pipe() -> tuple[End, End]:
    one, two = End(), End()
    one.other, two.other = two, one
    return one, two

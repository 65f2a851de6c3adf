"""A peer without a socket: what it says is a list of chunks, what it is told is kept. Implements ports.Peer."""

from collections import deque
from collections.abc import Iterable

from tayori.errors import Gone

TLS = "TLSv1.3 TLS_AES_256_GCM_SHA384"


class ScriptedPeer:
    """Each `read` gives one chunk of the script, and Gone behind the last.

    >>> peer = ScriptedPeer([b"NOOP\\r\\n", b"QUIT\\r\\n"])
    """

    def __init__(
        self,
        chunks: Iterable[bytes] = (),
        *,
        secure: bool = False,
        can_start_tls: bool = True,
        address: str = "127.0.0.1",
        bindings: dict[str, bytes] | None = None,
    ) -> None:
        self.address = address
        self.secure = secure
        self.tls = TLS if secure else ""
        self.can_start_tls = can_start_tls and not secure
        self.sent = bytearray()  # all that was written
        self.flushed: list[bytes] = []  # what left together: written between two waits
        self.compressed = False  # nothing is deflated here: a script is what is read once it was inflated
        self.separations: list[int] = []  # where `separate` was said: so many octets were sent before
        self._script = deque(chunks)
        self._bindings = bindings or {}
        self._woken = False
        self._unflushed = 0

    def feed(self, *chunks: bytes) -> None:
        """Add to the script."""
        self._script.extend(chunks)

    async def read(self) -> bytes:
        self.flush()
        if self._woken:
            self._woken = False
            return b""
        if not self._script:
            raise Gone
        return self._script.popleft()

    def write(self, chunk: bytes) -> None:
        self.sent += chunk

    async def room(self) -> None:
        self.flush()

    def flush(self) -> None:
        """Note what was written since the last time as one packet."""
        if len(self.sent) > self._unflushed:
            self.flushed.append(bytes(self.sent[self._unflushed :]))
            self._unflushed = len(self.sent)

    async def start_tls(self) -> None:
        if not self.can_start_tls:
            raise Gone
        self.flush()
        self.secure, self.tls, self.can_start_tls = True, TLS, False

    def start_compression(self, behind: bytes) -> None:
        self.flush()
        self.compressed = True
        if behind:
            self._script.appendleft(behind)

    def separate(self) -> None:
        self.separations.append(len(self.sent))

    def wake(self) -> None:
        self._woken = True

    def channel_binding(self, kind: str) -> bytes | None:
        return self._bindings.get(kind) if self.secure else None

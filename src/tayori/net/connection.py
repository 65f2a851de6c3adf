"""One connection: octets between a socket and a conversation, TLS or not. Implements ports.Peer.

Laws: all connections of a process read by way of one shared buffer; what a conversation writes leaves when it next
waits; what the peer sends while its conversation is busy is bounded, then the socket is no longer read.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import cast

from tayori.errors import Gone
from tayori.net.compression import Deflater, Inflater
from tayori.net.descriptors import Descriptors, number_of
from tayori.net.tls import Tls
from tayori.net.turns import Turns
from tayori.ports import Conversation, Peer

log = logging.getLogger("tayori.net")

MAX_INBOUND = 2**18  # octets received and not yet taken by the conversation; then reading pauses
FLUSH_AT = 2**16  # octets written by a conversation that leave at once
HIGH_WATER = 2**18  # octets waiting in the transport from which `room` waits …
LOW_WATER = 2**16  # … until there are fewer than these
SLICE = 0.0003  # seconds that a conversation may run before others get their turn; the loop's own clock is coarser
HANDSHAKE_TIMEOUT = 30.0  # seconds

_numbers = count(1)


@dataclass(slots=True)
class Service:
    """What a port offers."""

    name: str  # "imaps"
    conversation: Callable[[Peer], Conversation]
    too_many: bytes  # said to a peer that has too many connections
    contexts: Callable[[], ssl.SSLContext | None] = lambda: None  # the newest TLS settings
    implicit_tls: bool = False
    login_within: float = float("inf")  # seconds from connecting to being logged in


@dataclass(slots=True)
class Crowd:
    """The connections of one process and what they share."""

    admit: Callable[[str], bool] = lambda address: True
    leave: Callable[[str], None] = lambda address: None
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(2**18)))
    plain: memoryview = field(default_factory=lambda: memoryview(bytearray(2**16)))
    members: set[Connection] = field(default_factory=set)
    descriptors: Descriptors = field(default_factory=Descriptors)
    turns: Turns = field(default_factory=Turns)


class Connection(asyncio.BufferedProtocol):
    """A ports.Peer, and the task that runs its conversation."""

    __slots__ = (
        "_chunks",
        "_crowd",
        "_deflater",
        "_ended",
        "_handshake",
        "_inbound",
        "_inflater",
        "_loop",
        "_lost",
        "_out",
        "_out_size",
        "_paused",
        "_resumed",
        "_roomy",
        "_service",
        "_task",
        "_tls",
        "_transport",
        "_waiter",
        "_woken",
        "address",
        "heard",
        "session",
        "since",
        "stalled",
        "title",
    )  # fmt: skip

    def __init__(self, service: Service, crowd: Crowd, loop: asyncio.AbstractEventLoop) -> None:
        self._service = service
        self._crowd = crowd
        self._loop = loop
        self._chunks: list[bytes] = []
        self._inbound = 0
        self._out: list[bytes] = []
        self._out_size = 0
        self._waiter: asyncio.Future[None] | None = None
        self._roomy: asyncio.Future[None] | None = None
        self._handshake: asyncio.Future[None] | None = None
        self._tls: Tls | None = None
        self._deflater: Deflater | None = None
        self._inflater: Inflater | None = None
        self._ended = self._lost = self._paused = self._woken = False
        self._task: asyncio.Task[None] | None = None
        self.session: Conversation | None = None
        self._resumed = perf_counter()
        self.since = self.heard = loop.time()
        self.stalled = 0.0  # since when the peer takes nothing, 0 if it does
        self.title = f"{service.name}-{next(_numbers)}"

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        name = transport.get_extra_info("peername")
        self.address = name[0].removeprefix("::ffff:") if isinstance(name, tuple) else "unix"
        self._transport.set_write_buffer_limits(high=HIGH_WATER, low=LOW_WATER)
        if not self._is_let_in():
            self._lost = True
            if not self._service.implicit_tls:
                self._transport.write(self._service.too_many)
            self._transport.close()
            return
        self._crowd.members.add(self)
        self._task = self._loop.create_task(self._converse(), name=self.title)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._crowd.buffer

    def buffer_updated(self, nbytes: int) -> None:
        came = self._crowd.buffer[:nbytes]
        self.heard = self._loop.time()
        if self._tls is None:
            self._take(bytes(came))
        else:
            self._take_cipher(self._tls, came)

    def eof_received(self) -> bool:
        """Keep the other direction open: what was asked before the end is still answered."""
        self._end()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._end()
        self._release(self._roomy)

    def pause_writing(self) -> None:
        self._paused = True
        self.stalled = self._loop.time()

    def resume_writing(self) -> None:
        self._paused = False
        self.stalled = 0.0
        self._release(self._roomy)

    # ---- the conversation's side: ports.Peer

    @property
    def secure(self) -> bool:
        return self._tls is not None and self._tls.ready

    @property
    def tls(self) -> str:
        return self._tls.description() if self._tls is not None and self._tls.ready else ""

    @property
    def can_start_tls(self) -> bool:
        return self._tls is None and self._inflater is None and self._service.contexts() is not None

    async def read(self) -> bytes:
        if self._out or self._deflater is not None:
            self._flush()
        if self._inflater is not None:
            return await self._inflated(self._inflater)
        came = await self._received()
        self._woken = False
        return came

    def write(self, chunk: bytes) -> None:
        self._out.append(chunk)
        self._out_size += len(chunk)
        if self._out_size >= FLUSH_AT:
            self._flush()

    async def room(self) -> None:
        if self._lost:
            raise Gone("closed by the peer")
        if not self._paused and perf_counter() - self._resumed < SLICE:
            return
        self._flush()
        if self._paused:
            self._roomy = self._loop.create_future()
            try:
                await self._roomy
            finally:
                self._roomy = None
            self._resumed = perf_counter()
            if self._lost:
                raise Gone("closed by the peer")
        else:
            await self._crowd.turns.next()
            self._resumed = perf_counter()

    async def start_tls(self) -> None:
        context = self._service.contexts()
        if context is None or self._tls is not None:
            raise Gone("no TLS to start")
        self._flush()
        self._taken()
        await self._shake(context)

    def start_compression(self, behind: bytes) -> None:
        self._flush()
        self._deflater, self._inflater = Deflater(), Inflater()
        if behind:
            self._chunks.insert(0, behind)

    def separate(self) -> None:
        if self._deflater is not None:
            self._deflater.separate(b"".join(self._out))
            self._out.clear()
            self._out_size = self._deflater.waiting

    def wake(self) -> None:
        self._woken = True
        self._release(self._waiter)

    def channel_binding(self, kind: str) -> bytes | None:
        return self._tls.channel_binding(kind) if self._tls is not None else None

    # ---- the end, from outside

    @property
    def waiting(self) -> bool:
        """The conversation waits for the peer's next word: nothing would be cut short."""
        return self._waiter is not None

    def dismiss(self, reason: str) -> None:
        """End the conversation with its farewell for "timeout", "shutdown" or "fault"."""
        log.info("dismissed session=%s peer=%s reason=%s", self.title, self.address, reason)
        if self.session is not None:
            self.write(self.session.farewell(reason))
        if self._task is not None:
            self._task.cancel()
        if self.stalled:  # nobody reads the farewell
            self._transport.abort()

    def overdue(self, now: float) -> bool:
        """Whether the peer has been silent, or stalled, or not logged in, for longer than is borne."""
        if self.session is None:
            return now - self.since > HANDSHAKE_TIMEOUT
        if now - self.since > self._service.login_within and getattr(self.session, "account", None) is None:
            return True
        if self.stalled:
            return now - self.stalled > self.session.timeout
        return self.waiting and now - self.heard > self.session.timeout

    # ---- inside

    def _is_let_in(self) -> bool:
        if not self._crowd.descriptors.has_room(number_of(self._transport), self.since):
            return False
        if not self._crowd.admit(self.address):
            log.warning("refused session=%s peer=%s reason=too-many-connections", self.title, self.address)
            return False
        return True

    async def _converse(self) -> None:
        try:
            await self._talk()
        except Gone as gone:
            log.debug("gone session=%s peer=%s cause=%r", self.title, self.address, gone.__cause__)
        except asyncio.CancelledError:
            pass  # dismissed; nobody awaits this task but the drain, which wants it to end
        except Exception:
            log.exception("fault session=%s peer=%s", self.title, self.address)
            if self.session is not None:
                self.write(self.session.farewell("fault"))
        finally:
            self._close()

    async def _talk(self) -> None:
        if self._service.implicit_tls:
            context = self._service.contexts()
            if context is None:
                raise Gone("no certificate")
            await self._shake(context, self._taken())  # the peer may have spoken before this task first ran
        self.session = self._service.conversation(self)
        log.debug("connected session=%s peer=%s", self.title, self.address)
        await self.session.run()

    async def _shake(self, context: ssl.SSLContext, came: bytes = b"") -> None:
        self._tls = Tls(context)
        self._handshake = self._loop.create_future()
        if came:
            self._take_cipher(self._tls, memoryview(came))
        try:
            if self._ended and not self._handshake.done():
                raise Gone("closed by the peer")
            await self._handshake
        finally:
            self._handshake = None

    async def _received(self) -> bytes:
        """What came from the network; b"" after `wake`, which the caller forgets."""
        if not self._chunks and not self._woken:
            if self._ended:
                raise Gone("closed by the peer")
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
            self._resumed = perf_counter()
            if not self._chunks and not self._woken:
                raise Gone("closed by the peer")
        return self._taken()

    async def _inflated(self, inflater: Inflater) -> bytes:
        """The same, inflated. What is left of it comes with the next calls, between which others get their turn."""
        while True:
            if inflater.pending:
                if perf_counter() - self._resumed > SLICE:
                    await self._crowd.turns.next()
                    self._resumed = perf_counter()
            else:
                came = await self._received()
                if not came:
                    self._woken = False
                    return b""
                inflater.feed(came)
            if plain := inflater.plain():
                return plain

    def _taken(self) -> bytes:
        """All that came since the last time; the socket is read again."""
        chunks = self._chunks
        came = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        if self._inbound > MAX_INBOUND and not self._lost:
            self._transport.resume_reading()
        self._inbound = 0
        return came

    def _take(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._inbound += len(chunk)
        if self._inbound > MAX_INBOUND:
            self._transport.pause_reading()
        self._release(self._waiter)

    def _take_cipher(self, tls: Tls, came: memoryview) -> None:
        try:
            tls.feed(came)
            if tls.ready:
                self._release(self._handshake)
                if plain := tls.plain(self._crowd.plain):
                    self._take(plain)
                if tls.ended:
                    self._end()
        except Gone as gone:
            self._refuse(gone)
        if answer := tls.outgoing():
            self._transport.write(answer)

    def _refuse(self, gone: Gone) -> None:
        """TLS is over: a handshake that failed tells why, a session ends."""
        if self._handshake is not None and not self._handshake.done():
            self._handshake.set_exception(gone)
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._release(self._waiter)
        if self._handshake is not None and not self._handshake.done():
            self._handshake.set_exception(Gone("closed by the peer"))

    def _release(self, future: asyncio.Future[None] | None) -> None:
        if future is not None and not future.done():
            future.set_result(None)

    def _flush(self) -> None:
        if not self._out and self._deflater is None:
            return
        out = self._out[0] if len(self._out) == 1 else b"".join(self._out)
        self._out.clear()
        self._out_size = 0
        if self._deflater is not None:
            out = self._deflater.sent(out)
        if out and not self._lost:
            self._transport.write(self._tls.cipher(out) if self._tls is not None and self._tls.ready else out)

    def _close(self) -> None:
        try:
            self._flush()
            if self._tls is not None and not self._lost and (goodbye := self._tls.close()):
                self._transport.write(goodbye)
        except Gone:
            pass
        self._transport.close()
        self._crowd.members.discard(self)
        self._crowd.leave(self.address)
        self.session = None

"""Many conversations over one epoll: a conversation is a generator, so that a test reads like the protocol.

It yields (what to send, what completes the reply) and is sent the reply. Where it ends, the connection is closed.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable, Generator

from bench.systems.base import Address

Complete = Callable[[bytes], bool]
Conversation = Generator[tuple[bytes, Complete], bytes, None]
CHUNK = 1 << 16  # octets read at once


class Lost(Exception):
    """A server closed a connection in the middle of a conversation, or nothing came in time."""


class Loop:
    """Runs the conversations that were started until each has ended."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._lines: dict[int, _Line] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def start(
        self,
        address: Address,
        conversation: Conversation,
        tls: ssl.SSLContext | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        """Connect and begin; `ended` is called when the conversation is over."""
        # On loopback a connection stands as soon as connect returns, so it may block.
        plain = socket.create_connection(address, timeout=30)
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # `plain` is always wrapped before its handle is asked for: wrap_socket takes the handle over
        line = _Line(plain, conversation, ended) if tls is None else _TlsLine(plain, tls, conversation, ended)
        self._lines[line.handle] = line
        self._epoll.register(line.handle, select.EPOLLIN if tls is None else select.EPOLLOUT)

    def run(self, enough: Callable[[], bool] = lambda: False, longest: float = 600.0) -> None:
        """Serve until all conversations have ended, or `enough` says so after an event.

        Raises Lost: a connection broke, or `longest` seconds were not enough. Then, as when a conversation raises, all
        connections are dropped.
        """
        try:
            self._run(enough, longest)
        except BaseException:
            self.close()
            raise

    def _run(self, enough: Callable[[], bool], longest: float) -> None:
        lines, poll, deadline = self._lines, self._epoll.poll, time.monotonic() + longest
        while lines and not enough():
            for handle, _ in poll(1.0):
                line = lines[handle]
                events = line.ready()
                if events != line.events:
                    self._watch(line, events)
            if time.monotonic() > deadline:
                raise Lost(f"{len(lines)} connections still wait after {longest:.0f} s")

    def _watch(self, line: "_Line", events: int) -> None:
        line.events = events
        if events:
            self._epoll.modify(line.handle, events)
            return
        self._epoll.unregister(line.handle)
        del self._lines[line.handle]
        line.close()

    def close(self) -> None:
        """Drop every connection that is left, and be ready for new ones."""
        for line in list(self._lines.values()):
            line.ended = None
            self._watch(line, 0)


class _Line:
    """One connection: `ready` moves its conversation on and returns the events to wait for, 0 at its end."""

    __slots__ = ("_complete", "_conversation", "_reply", "_socket", "_unsent", "ended", "events", "handle")

    def __init__(self, connection: socket.socket, conversation: Conversation, ended: Callable[[], None] | None) -> None:
        self._socket, self.handle, self.ended = connection, connection.fileno(), ended
        self.events = int(select.EPOLLIN)
        self._conversation, self._reply = conversation, b""
        self._unsent, self._complete = next(conversation)

    def ready(self) -> int:
        if self._unsent:
            self._send(self._unsent)
            return self._wanted()
        try:
            chunk = self._socket.recv(CHUNK)
        except BlockingIOError:
            return self._wanted()
        return self._take(chunk)

    def _take(self, chunk: bytes) -> int:
        if not chunk:
            raise Lost(f"a server closed the connection; the last it said was {self._reply[-200:]!r}")
        self._reply = self._reply + chunk if self._reply else chunk
        if self._complete(self._reply):
            reply, self._reply = self._reply, b""
            try:
                command, self._complete = self._conversation.send(reply)
            except StopIteration:
                return 0
            if command:
                self._send(command)
        return self._wanted()

    def _send(self, command: bytes) -> None:
        try:
            sent = self._socket.send(command)
        except (BlockingIOError, ssl.SSLWantWriteError):
            sent = 0
        self._unsent = command[sent:]

    def _wanted(self) -> int:
        return int(select.EPOLLIN | select.EPOLLOUT) if self._unsent else int(select.EPOLLIN)

    def close(self) -> None:
        self._socket.close()
        if self.ended is not None:
            self.ended()


class _TlsLine(_Line):
    """The same within TLS; reads until the TLS layer holds nothing more, which epoll would not tell of."""

    __slots__ = ("_secure", "_shaken")

    def __init__(
        self,
        connection: socket.socket,
        tls: ssl.SSLContext,
        conversation: Conversation,
        ended: Callable[[], None] | None,
    ) -> None:
        self._secure = tls.wrap_socket(connection, server_hostname="127.0.0.1", do_handshake_on_connect=False)
        self._shaken = False
        super().__init__(self._secure, conversation, ended)
        self.events = int(select.EPOLLOUT)

    def ready(self) -> int:
        if not self._shaken and not self._handshake():
            return int(select.EPOLLIN)
        if self._unsent:
            self._send(self._unsent)
            return self._wanted()
        while True:
            try:
                chunk = self._secure.recv(CHUNK)
            except ssl.SSLWantReadError:
                return self._wanted()
            if not (events := self._take(chunk)):
                return 0
            if events & select.EPOLLOUT:
                return events

    def _handshake(self) -> bool:
        try:
            self._secure.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self._shaken = True
        return True

"""One blocking connection, for what is asked one by one: bulk commands, latencies, status."""

import re
import socket
import ssl
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from bench.load.imap import append_command, login
from bench.load.loop import Lost
from bench.load.replies import Refused
from bench.systems.base import PASSWORD, Address

CHUNK = 1 << 18  # octets
TIMEOUT = 300.0  # seconds, for the slowest command
_MESSAGES = re.compile(rb"\(MESSAGES (\d+)\)")


class Client:
    """A connection that reads as little as possible of what it is sent: the end of an answer, and whether it is OK."""

    def __init__(self, address: Address, tls: ssl.SSLContext | None = None) -> None:
        plain = socket.create_connection(address, timeout=TIMEOUT)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = plain if tls is None else tls.wrap_socket(plain, server_hostname="127.0.0.1")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def chunks(self) -> Iterator[bytes]:
        """What arrives, as it arrives.

        Raises Lost: the server closed the connection.
        """
        while chunk := self.socket.recv(CHUNK):
            yield chunk
        raise Lost("a server closed the connection in the middle of an answer")

    def line(self) -> bytes:
        """What arrives up to the end of a line."""
        said = b""
        for chunk in self.chunks():
            said += chunk
            if said.endswith(b"\r\n"):
                break
        return said


class ImapClient(Client):
    """Logged in; commands are sent without tag and line end."""

    def __init__(self, address: Address, account: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(address, tls)
        self.line()
        self.send_bytes(login(account))
        self.answer()

    def send_bytes(self, command: bytes) -> None:
        """Send a command that has its tag, A."""
        self.socket.sendall(command)

    def answer(self) -> list[bytes]:
        """All up to the completion of the command, in the pieces in which it came.

        Raises Refused: it is not OK.
        """
        pieces, tail = [], b""
        for chunk in self.chunks():
            pieces.append(chunk)
            tail = (tail + chunk)[-1000:] if len(chunk) < 1000 else chunk
            last = tail[tail.rfind(b"\n", 0, -1) + 1 :]
            if last.startswith(b"A ") and last.endswith(b"\r\n"):
                if not last.startswith(b"A OK"):
                    raise Refused(f"wanted OK, got {last[:300]!r}")
                break
        return pieces

    def ask(self, command: bytes) -> list[bytes]:
        """The answer to one command."""
        self.send_bytes(b"A " + command + b"\r\n")
        return self.answer()

    def messages(self, mailbox: str) -> int:
        """How many messages a mailbox holds; -1 where there is no such mailbox."""
        self.ask_messages(mailbox)
        try:
            return self.told_messages()
        except Refused:
            return -1

    def ask_messages(self, mailbox: str) -> None:
        """Ask for told_messages."""
        self.send_bytes(b'A STATUS "%b" (MESSAGES)\r\n' % mailbox.encode())

    def told_messages(self) -> int:
        """What the last ask_messages is answered."""
        said = b"".join(self.answer())
        if (found := _MESSAGES.search(said)) is None:
            raise Refused(f"wanted STATUS, got {said[:300]!r}")
        return int(found[1])

    def fill(self, mailbox: str, contents: Iterator[bytes], ahead: int = 50) -> None:
        """APPEND all, in their order, `ahead` commands under way at a time."""
        under_way = 0
        for content in contents:
            self.send_bytes(append_command(mailbox, content))
            under_way += 1
            if under_way == ahead:
                self._completions(under_way)
                under_way = 0
        self._completions(under_way)

    def _completions(self, count: int) -> None:
        said = b""
        chunks = self.chunks()
        while count and said.count(b"\r\n") < count:
            said += next(chunks)
        refused = [line for line in said.splitlines() if not line.startswith((b"A OK", b"* "))]
        if refused:
            raise Refused(f"wanted OK, got {refused[0][:300]!r}")


class Pop3Client(Client):
    """Logged in by USER and PASS. RFC 1939 section 7"""

    def __init__(self, address: Address, account: str) -> None:
        super().__init__(address)
        for command in [b"", b"USER " + account.encode() + b"\r\n", b"PASS " + PASSWORD.encode() + b"\r\n"]:
            self.socket.sendall(command)
            said = self.line()
            if not said.startswith(b"+OK"):
                raise Refused(f"wanted +OK, got {said[:300]!r}")

    def retrieve(self, number: int) -> int:
        """The octets of a message, its status line and final dot among them.

        Raises Refused: -ERR.
        """
        self.socket.sendall(b"RETR %d\r\n" % number)
        size, tail = 0, b""
        for chunk in self.chunks():
            if not size and not chunk.startswith(b"+"):
                raise Refused(f"wanted +OK, got {chunk[:300]!r}")
            size += len(chunk)
            tail = chunk if len(chunk) > 4 else (tail + chunk)[-5:]
            if tail.endswith(b"\r\n.\r\n"):
                break
        return size

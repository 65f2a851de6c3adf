"""Conversations over one epoll, against a server in a thread."""

import socket
import threading
from collections.abc import Iterator

import pytest

from bench.load.loop import Conversation, Loop, Lost
from bench.load.replies import a_line


def _serve(listener: socket.socket) -> None:
    """Greet, answer each line with itself, and close at "drop"."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"hel")
            connection.sendall(b"lo\r\n")
            for line in lines:
                if line == b"drop\r\n":
                    break
                connection.sendall(line)


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener,))
    thread.start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def _echo(heard: list[bytes], line: bytes) -> Conversation:
    heard.append((yield b"", a_line))
    heard.append((yield line, a_line))


def test_a_conversation_hears_whole_replies_and_ends(address: tuple[str, int]) -> None:
    loop, heard = Loop(), list[bytes]()
    loop.start(address, _echo(heard, b"one\r\n"))
    loop.run()
    assert (heard, len(loop)) == ([b"hello\r\n", b"one\r\n"], 0)


def test_a_long_command_is_sent_to_its_end(address: tuple[str, int]) -> None:
    loop, heard = Loop(), list[bytes]()
    loop.start(address, _echo(heard, b"x" * 20_000_000 + b"\r\n"))
    loop.run()
    assert len(heard[1]) == 20_000_002


def test_the_end_of_a_conversation_can_start_another(address: tuple[str, int]) -> None:
    loop, heard = Loop(), list[bytes]()
    loop.start(address, _echo(heard, b"1\r\n"), ended=lambda: loop.start(address, _echo(heard, b"2\r\n")))
    loop.run()
    assert heard == [b"hello\r\n", b"1\r\n", b"hello\r\n", b"2\r\n"]


def test_a_connection_that_is_closed_on_us_is_lost(address: tuple[str, int]) -> None:
    loop = Loop()
    loop.start(address, _echo([], b"drop\r\n"))
    with pytest.raises(Lost, match="closed"):
        loop.run()

"""A connection over real sockets on loopback: what a conversation may rely on."""

import asyncio
import gc
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest
import trustme

from aids.wait import until
from tayori.errors import Gone
from tayori.net import certificates
from tayori.net.connection import Connection, Crowd, Service
from tayori.net.descriptors import Descriptors
from tayori.net.listener import Listener
from tayori.net.tls import Tls
from tayori.ports import Peer

Talk = Callable[["Scripted"], Awaitable[None]]


class Scripted:
    """A conversation made of one coroutine function."""

    def __init__(self, peer: Peer, talk: Talk) -> None:
        self.peer = peer
        self.talk = talk
        self.timeout = 60.0
        self.account: str | None = None

    async def run(self) -> None:
        await self.talk(self)

    def farewell(self, reason: str) -> bytes:
        return f"BYE {reason}\r\n".encode()


AUTHORITY = trustme.CA()


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost").configure_cert(context)
    return context


def client_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


@asynccontextmanager
async def serving(
    talk: Talk, *, tls: bool = False, implicit: bool = False, crowd: Crowd | None = None, login_within: float = 60.0
) -> AsyncIterator[tuple[int, Listener]]:
    made = server_context() if tls or implicit else None
    service = Service("test", lambda peer: Scripted(peer, talk), b"FULL\r\n", lambda: made, implicit, login_within)
    bound = socket.create_server(("127.0.0.1", 0))
    listener = Listener(crowd or Crowd())
    await listener.start([(service, bound)])
    try:
        yield bound.getsockname()[1], listener
    finally:
        await listener.stop()


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close it and wait for that, whatever the server has made of it."""
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def echo(session: Scripted) -> None:
    while True:
        session.peer.write(await session.peer.read())


async def test_what_is_written_comes_back() -> None:
    async with serving(echo) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello\r\n")
        assert await reader.readline() == b"hello\r\n"
        await closed(writer)


class Recording(asyncio.Transport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def close(self) -> None:
        pass


async def test_a_peer_may_speak_before_its_conversation_has_begun() -> None:
    made = server_context()
    service = Service("test", lambda peer: Scripted(peer, echo), b"", lambda: made, implicit_tls=True)
    connection, transport = Connection(service, Crowd(), asyncio.get_running_loop()), Recording()
    client = Tls(client_context(), "localhost", server=False)
    client.shake()
    hello = client.outgoing()
    connection.connection_made(transport)
    connection.get_buffer(-1)[: len(hello)] = hello
    connection.buffer_updated(len(hello))
    await until(lambda: bool(transport.sent))
    client.feed(b"".join(transport.sent))
    assert client.ready
    connection.connection_lost(None)


async def test_implicit_tls_carries_more_than_one_record_each_way() -> None:
    async with serving(echo, implicit=True) as (port, _):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client_context(), server_hostname="localhost"
        )
        sent = bytes(range(256)) * 1000
        writer.write(sent)
        assert await reader.readexactly(len(sent)) == sent
        await closed(writer)


async def upgrade(session: Scripted) -> None:
    assert await session.peer.read() == b"STARTTLS\r\nINJECTED\r\n"
    session.peer.write(b"go\r\n")
    await session.peer.start_tls()
    assert session.peer.secure
    session.peer.write(session.peer.tls.encode() + b"\r\n")
    await echo(session)


async def test_what_was_pipelined_behind_starttls_is_dropped() -> None:
    async with serving(upgrade, tls=True) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"STARTTLS\r\nINJECTED\r\n")
        assert await reader.readline() == b"go\r\n"
        await writer.start_tls(client_context(), server_hostname="localhost")
        assert (await reader.readline()).startswith(b"TLSv1.3 ")
        writer.write(b"after\r\n")
        assert await reader.readline() == b"after\r\n"
        await closed(writer)


async def test_a_handshake_that_fails_closes_the_connection() -> None:
    async with serving(echo, implicit=True) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"EHLO plain.example\r\n")
        assert b"EHLO" not in await reader.read()
        await closed(writer)


async def test_a_peer_that_leaves_before_its_handshake_is_nobodys_fault() -> None:
    faults, crowd, made = list[dict[str, object]](), Crowd(), server_context()
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    service = Service("test", lambda peer: Scripted(peer, echo), b"", lambda: made, implicit_tls=True)
    connection = Connection(service, crowd, asyncio.get_running_loop())
    connection.connection_made(Recording())
    connection.eof_received()
    await until(lambda: not crowd.members)
    connection.connection_lost(None)
    del connection
    gc.collect()
    assert faults == []


async def test_what_was_asked_before_a_half_close_is_answered() -> None:
    async with serving(echo) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"last words\r\n")
        writer.write_eof()
        assert await reader.read() == b"last words\r\n"
        await closed(writer)


async def count_writes(session: Scripted) -> None:
    await session.peer.read()
    for _ in range(400):
        session.peer.write(b"x" * 65536)
        await session.peer.room()
    session.peer.write(b"done")


async def test_room_waits_for_a_peer_that_does_not_read() -> None:
    crowd = Crowd()
    async with serving(count_writes, crowd=crowd) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"start\r\n")
        await until(lambda: any(connection.stalled for connection in crowd.members))
        came = await reader.read(-1)
        assert len(came) == 400 * 65536 + 4
        await closed(writer)


async def test_a_conversation_hears_that_the_peer_is_gone() -> None:
    heard: asyncio.Future[Gone] = asyncio.get_running_loop().create_future()

    async def listen(session: Scripted) -> None:
        try:
            await session.peer.read()
        except Gone as gone:
            heard.set_result(gone)

    async with serving(listen) as (port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        await closed(writer)
        assert isinstance(await heard, Gone)


async def test_waking_makes_a_waiting_read_return_nothing() -> None:
    async def woken(session: Scripted) -> None:
        asyncio.get_running_loop().call_soon(session.peer.wake)
        assert await session.peer.read() == b""
        session.peer.write(b"woken\r\n")
        await session.peer.read()

    async with serving(woken) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.readline() == b"woken\r\n"
        await closed(writer)


async def test_a_silent_peer_is_told_and_closed() -> None:
    async def impatient(session: Scripted) -> None:
        session.timeout = 0.05
        await session.peer.read()

    async with serving(impatient) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"BYE timeout\r\n"
        await closed(writer)


async def test_who_does_not_log_in_in_time_is_closed() -> None:
    async with serving(echo, login_within=0.05) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"BYE timeout\r\n"
        await closed(writer)


async def test_a_stop_tells_those_who_wait() -> None:
    async with serving(echo) as (port, listener):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x")
        await reader.readexactly(1)
        await listener.stop()
        assert await reader.read() == b"BYE shutdown\r\n"
        await closed(writer)


async def test_a_fault_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(session: Scripted) -> None:
        raise ZeroDivisionError

    async with serving(broken) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"BYE fault\r\n"
        assert "ZeroDivisionError" in caplog.text
        await closed(writer)


async def test_connections_end_with_a_word_before_descriptors_do(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(echo, crowd=Crowd(descriptors=Descriptors(4))) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"FULL\r\n"
        await closed(writer)
    assert "reason=too-many-open-files limit=4" in caplog.text


async def test_one_connection_too_many_is_refused() -> None:
    async with serving(echo, crowd=Crowd(admit=lambda address: False)) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"FULL\r\n"
        await closed(writer)


async def test_a_peer_that_sends_without_end_is_no_longer_read() -> None:
    go_on = asyncio.Event()
    sizes: list[int] = []

    async def busy(session: Scripted) -> None:
        await session.peer.read()
        await go_on.wait()
        sizes.append(len(await session.peer.read()))

    async with serving(busy) as (port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x")
        await writer.drain()
        writer.write(bytes(2**25))
        await until(lambda: writer.transport.get_write_buffer_size() > 2**20)
        go_on.set()
        await until(lambda: bool(sizes))
        assert sizes[0] <= 2**20
        writer.transport.abort()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_channel_binding_is_the_hash_of_the_certificate_that_was_shown(tmp_path: Path) -> None:
    files = certificates.self_signed(tmp_path, "localhost")
    made = certificates.context([files.pair])

    async def bound(session: Scripted) -> None:
        session.peer.write((session.peer.channel_binding("tls-server-end-point") or b"").hex().encode() + b"\r\n")
        assert session.peer.channel_binding("tls-exporter") is None

    service = Service("test", lambda peer: Scripted(peer, bound), b"", lambda: made, implicit_tls=True)
    listening = socket.create_server(("127.0.0.1", 0))
    listener = Listener(Crowd())
    await listener.start([(service, listening)])
    trusting = ssl.create_default_context(cafile=files.ca)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", listening.getsockname()[1], ssl=trusting, server_hostname="localhost"
    )
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    assert (await reader.readline()).strip() == sha256(shown).hexdigest().encode()
    await closed(writer)
    await listener.stop()


async def test_a_peer_that_ends_tls_is_answered_to_its_last_word_and_closed() -> None:
    async with serving(echo, implicit=True) as (port, _):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client_context(), server_hostname="localhost"
        )
        writer.write(b"last words\r\n")
        assert await reader.readline() == b"last words\r\n"
        writer.close()
        async with asyncio.timeout(5):  # asyncio itself would wait 30 s for the other side's close_notify
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)


# ---- compression


async def squeeze(session: Scripted) -> None:
    """After the first line what follows is compressed; what stood behind the line in the same read is too."""
    line, _, behind = (await session.peer.read()).partition(b"\r\n")
    session.peer.write(line + b" plain\r\n")
    session.peer.start_compression(behind)
    await echo(session)


class Squeezed:
    """A client's side of a compressed connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._deflate, self._inflate = zlib.compressobj(wbits=-15), zlib.decompressobj(-15)

    def deflated(self, plain: bytes) -> bytes:
        return self._deflate.compress(plain) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    async def said(self, plain: bytes) -> bytes:
        """What comes back, as long as what was said."""
        self._writer.write(self.deflated(plain))
        return await self.heard(len(plain))

    async def heard(self, octets: int) -> bytes:
        came = b""
        while len(came) < octets:
            chunk = await self._reader.read(65536)
            assert chunk
            came += self._inflate.decompress(chunk)
        return came


async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Squeezed:
    writer.write(b"COMPRESS\r\n")
    assert await reader.readline() == b"COMPRESS plain\r\n"
    return Squeezed(reader, writer)


@pytest.mark.parametrize("tls", [False, True])
async def test_both_sides_compress_once_it_is_started(tls: bool) -> None:
    async with serving(squeeze, implicit=tls) as (port, _):
        context = {"ssl": client_context(), "server_hostname": "localhost"} if tls else {}
        reader, writer = await asyncio.open_connection("127.0.0.1", port, **context)  # type: ignore[arg-type]
        client = await begin(reader, writer)
        large = bytes(range(256)) * 4000
        assert await client.said(b"a line\r\n") == b"a line\r\n"
        assert await client.said(large) == large
        await closed(writer)


async def test_what_stood_behind_the_line_belongs_to_the_compressed_stream() -> None:
    async with serving(squeeze) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        client = Squeezed(reader, writer)
        writer.write(b"COMPRESS\r\n" + client.deflated(b"early\r\n"))
        assert await reader.readline() == b"COMPRESS plain\r\n"
        assert await client.heard(7) == b"early\r\n"
        await closed(writer)


async def test_what_cannot_be_inflated_closes_the_connection() -> None:
    async with serving(squeeze) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await begin(reader, writer)
        writer.write(b"a NOOP\r\n" * 10)
        assert await reader.read() == b""
        await closed(writer)


async def test_between_the_parts_of_a_bomb_others_get_their_turn() -> None:
    parts: list[int] = []

    async def count_parts(session: Scripted) -> None:
        session.peer.start_compression(b"")
        while True:
            parts.append(len(await session.peer.read()))

    async with serving(count_parts) as (port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        stream = zlib.compressobj(wbits=-15)
        writer.write(stream.compress(bytes(32 * 2**20)) + stream.flush(zlib.Z_SYNC_FLUSH))
        await until(lambda: bool(parts))
        assert sum(parts) < 32 * 2**20
        await until(lambda: sum(parts) == 32 * 2**20)
        assert max(parts) <= 65536
        await closed(writer)


async def test_a_wake_is_heard_though_what_came_inflates_to_nothing() -> None:
    heard: list[bytes] = []
    peers: list[Peer] = []

    async def wait(session: Scripted) -> None:
        peers.append(session.peer)
        session.peer.start_compression(b"\0\0\0\xff\xff")  # an empty block
        session.peer.wake()
        heard.append(await session.peer.read())
        heard.append(await session.peer.read())

    async with serving(wait) as (port, _):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        client = zlib.compressobj(wbits=-15)
        await until(lambda: heard == [b""])
        writer.write(client.compress(b"word") + client.flush(zlib.Z_SYNC_FLUSH))
        await until(lambda: heard == [b"", b"word"])
        await closed(writer)


async def test_separate_answers_leave_together_and_share_nothing() -> None:
    async def answer_twice(session: Scripted) -> None:
        session.peer.separate()  # nothing is compressed yet
        session.peer.start_compression(await session.peer.read())
        for _ in range(2):
            session.peer.write(b"the same secret\r\n")
            session.peer.separate()
        await session.peer.read()

    async with serving(answer_twice) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\0\0\0\xff\xff")
        answers = await reader.read(65536)
        half = len(answers) // 2
        assert answers[:half] == answers[half:]
        assert zlib.decompressobj(-15).decompress(answers[half:]) == b"the same secret\r\n"
        await closed(writer)


async def test_tls_is_not_to_be_had_inside_of_compression() -> None:
    can: list[bool] = []

    async def ask(session: Scripted) -> None:
        can.append(session.peer.can_start_tls)
        session.peer.start_compression(b"")
        can.append(session.peer.can_start_tls)

    async with serving(ask, tls=True) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.read()
        assert can == [True, False]
        await closed(writer)

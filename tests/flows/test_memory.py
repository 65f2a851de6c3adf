"""What sessions and messages cost in memory: little each, whatever a peer sends."""

import imaplib
import re
import resource
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from aids.crash import MortalServer
from aids.server import ALICE, PASSWORD, PATIENCE, SETTINGS

SESSIONS = 1000
FIRST = 50  # sessions that pay for what all of them share
EACH = 100 * 1024  # octets that an idle session may cost at most
HEADROOM = 32 * 2**20  # octets by which a message of any size may make a worker grow, beside the file as it is mapped
CHUNK = b"0123456789" * 7 + b"\r\n"
LIMIT = 50 * 2**20  # octets of a message, as the settings have it when they say nothing
TOO_MUCH = 200 * 2**20

ONE_WORKER = SETTINGS.replace("workers = 2", "workers = 1") + "\n[limits]\nconnections_per_address = 2000\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalServer]:
    server = MortalServer(tmp_path_factory.mktemp("memory") / "server", ONE_WORKER)
    server.add(ALICE)
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.end()


@pytest.fixture
def _many_sockets() -> Iterator[None]:
    """As many as the test wants; skipped where the system does not give them."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * SESSIONS:
        pytest.skip(f"the system allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before, 2 * SESSIONS), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def resident(server: MortalServer, row: str = "VmRSS") -> int:
    """Octets of the one worker that lie in memory, now ("VmRSS") or at most since `forget_peak` ("VmHWM")."""
    (worker,) = server.workers("front")
    found = re.search(rf"{row}:\s+(\d+) kB", Path(f"/proc/{worker}/status").read_text())
    assert found
    return int(found[1]) * 1024


def forget_peak(server: MortalServer) -> int:
    """What it holds now."""
    (worker,) = server.workers("front")
    Path(f"/proc/{worker}/clear_refs").write_text("5")
    return resident(server)


def idle(server: MortalServer, context: ssl.SSLContext) -> socket.socket:
    """A session over TLS that has logged in, selected and idles."""
    plain = socket.create_connection(server.ports["imaps"], PATIENCE)
    session = context.wrap_socket(plain)
    for said, heard in (
        ("", "* OK"),
        (f'a LOGIN {ALICE} "{PASSWORD}"\r\n', "a OK"),
        ("b SELECT INBOX\r\n", "b OK"),
        ("c IDLE\r\n", "+ "),
    ):
        session.sendall(said.encode())
        _until(session, heard.encode())
    return session


def _until(session: socket.socket, wanted: bytes) -> None:
    """Read lines up to one that begins so."""
    heard = b""
    while not (heard.endswith(b"\r\n") and any(line.startswith(wanted) for line in heard.split(b"\r\n"))):
        chunk = session.recv(65536)
        assert chunk, heard
        heard += chunk


@pytest.mark.slow_flow
@pytest.mark.usefixtures("_many_sockets")
def test_a_thousand_idle_sessions_over_tls_cost_little_each(server: MortalServer) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ExitStack() as open_sessions:
        for _ in range(FIRST):
            open_sessions.enter_context(idle(server, context))
        base = resident(server)
        for _ in range(SESSIONS):
            open_sessions.enter_context(idle(server, context))
        assert (resident(server) - base) / SESSIONS < EACH


def test_a_message_declared_too_large_is_refused_before_its_octets(server: MortalServer) -> None:
    with smtplib.SMTP(*server.ports["smtp"], timeout=PATIENCE) as client:
        client.ehlo()
        assert client.mail("sender@example.net", [f"SIZE={TOO_MUCH}"])[0] == 552


def test_a_literal_declared_too_large_is_refused_before_its_octets(server: MortalServer) -> None:
    with server.mailbox() as client:
        client.send(b"a1 APPEND INBOX {%d}\r\n" % TOO_MUCH)
        assert client.readline().startswith(b"a1 NO [TOOBIG]")
        assert client.noop()[0] == "OK"


@pytest.mark.slow_flow
@pytest.mark.parametrize(("octets", "code", "mapped"), [(TOO_MUCH, 552, 0), (LIMIT - 2**20, 250, LIMIT)])
@pytest.mark.parametrize("start", [b"Subject: large\r\n\r\n", CHUNK], ids=["header and body", "no header"])
def test_a_message_of_any_size_passes_without_filling_the_memory(
    server: MortalServer, octets: int, code: int, mapped: int, start: bytes
) -> None:
    with smtplib.SMTP(*server.ports["smtp"], timeout=PATIENCE) as client:
        client.ehlo()
        client.mail("sender@example.net")
        client.rcpt(ALICE)
        assert client.docmd("DATA")[0] == 354
        before = forget_peak(server)
        client.send(start)
        _send_lines(client, octets)
        assert client.docmd(".")[0] == code
        assert resident(server, "VmHWM") - before < mapped + HEADROOM
        assert client.noop()[0] == 250


def _send_lines(client: smtplib.SMTP, octets: int) -> None:
    assert client.sock is not None
    slab = CHUNK * (2**20 // len(CHUNK))
    for _ in range(octets // len(slab)):
        client.sock.sendall(slab)


def test_a_large_message_is_read_without_filling_the_memory(server: MortalServer) -> None:
    content = b"Subject: large\r\n\r\n" + CHUNK * (20 * 2**20 // len(CHUNK))
    with server.mailbox() as client:
        before = forget_peak(server)
        assert client.append("INBOX", "", "", content)[0] == "OK"
        assert resident(server, "VmHWM") - before < HEADROOM
        before = forget_peak(server)
        assert _octets(client) >= len(content)
        assert resident(server, "VmHWM") - before < HEADROOM


def _octets(client: imaplib.IMAP4) -> int:
    """Of the last message."""
    found = client.fetch("*", "(BODY.PEEK[])")[1][0]
    assert isinstance(found, tuple)
    return len(found[1])

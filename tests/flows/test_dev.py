"""tayori dev: one process on loopback, as a developer meets it."""

import imaplib
import os
import re
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from aids.clients import need
from aids.office import run
from aids.server import COMMAND, PATIENCE

SERVICES = ("smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s")
ANY_PORT = {f"TAYORI_LISTEN__{service.upper()}": "127.0.0.1:0" for service in SERVICES}
LETTER = "Subject: Hello\r\n\r\nA letter.\r\n"
STOP_WITHIN = 10.0  # seconds
SCREEN = 21  # lines that the first screen has


class Dev:
    """The program, started as from a terminal: Ctrl-C reaches all its processes."""

    def __init__(self, temporary: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        self.temporary = temporary
        self.process = subprocess.Popen(
            [*COMMAND, "dev", *arguments],
            env={**os.environ, **ANY_PORT, "TMPDIR": str(temporary), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.ports: dict[str, tuple[str, int]] = {}

    def wait(self) -> "Dev":
        """Until its line for programs tells that all ports answer."""
        assert self.process.stdout is not None
        told, *addresses = self.process.stdout.readline().split()
        assert told == "ready"
        for service, _, where in (address.partition("=") for address in addresses):
            host, _, port = where.rpartition(":")
            self.ports[service] = (host, int(port))
        return self

    def interrupt(self) -> int:
        """Ctrl-C; the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(STOP_WITHIN)

    def said(self) -> str:
        """All that it told people, once it has ended."""
        return self.process.communicate(timeout=PATIENCE)[1]

    def screen(self) -> str:
        """What it tells people at first."""
        assert self.process.stderr is not None
        lines = iter(self.process.stderr.readline, "")
        return "".join(next(lines) for _ in range(SCREEN))


Begin = Callable[..., Dev]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts `tayori dev` with arguments and environment; it is ended after the test."""
    started: list[Dev] = []

    def start(*arguments: str, **environment: str) -> Dev:
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        started.append(Dev(temporary, arguments, environment))
        return started[-1]

    yield start
    for dev in started:
        dev.process.kill()
        dev.process.communicate()


def send(dev: Dev, recipient: str) -> None:
    with smtplib.SMTP(*dev.ports["smtp"], timeout=PATIENCE) as client:
        client.sendmail("me@example.org", recipient, LETTER)


def test_every_service_is_told_in_order(begin: Begin) -> None:
    assert tuple(begin().wait().ports) == SERVICES


def test_any_address_is_a_mailbox_and_any_password_is_right(begin: Begin) -> None:
    dev = begin().wait()
    send(dev, "Whoever@never-heard-of.example")
    with imaplib.IMAP4(*dev.ports["imap"], timeout=PATIENCE) as client:
        client.login("whoever@never-heard-of.example", "anything")
        assert client.select("INBOX") == ("OK", [b"1"])


def test_nothing_leaves_but_all_is_taken(begin: Begin) -> None:
    dev = begin().wait()
    with smtplib.SMTP(*dev.ports["submission"], timeout=PATIENCE) as client:
        client.login("me@example.org", "anything")
        assert client.sendmail("me@example.org", ["a@elsewhere.example", "b@example.com"], LETTER) == {}


def test_a_letter_is_told_in_one_line_without_its_text(begin: Begin) -> None:
    dev = begin().wait()
    send(dev, "alice@example.org")
    assert dev.interrupt() == 0
    (told,) = [line for line in dev.said().splitlines() if " accepted " in line]
    assert "from='me@example.org' to='alice@example.org'" in told
    assert "Hello" not in told


def test_tls_is_trusted_by_who_trusts_the_ca_that_is_told(begin: Begin) -> None:
    dev = begin().wait()
    ca = re.search(r"CA +(\S+)", dev.screen())
    assert ca is not None
    trust = ssl.create_default_context(cafile=ca[1])
    with imaplib.IMAP4_SSL(*dev.ports["imaps"], ssl_context=trust, timeout=PATIENCE) as client:
        assert client.login("a@example.org", "anything")[0] == "OK"


@pytest.mark.client
def test_the_lines_of_the_first_screen_work_as_they_stand(begin: Begin) -> None:
    need("curl")
    screen = begin().wait().screen()
    first, _, second = screen.partition("Send a first mail:\n")[2].partition("Read it:\n")
    run(["sh", "-c", first])
    assert run(["sh", "-c", second]).endswith(b"Subject: Hello\r\n\r\nHow are you?\r\n")


MBSYNCRC = """\
IMAPStore far
Host {host}
Port {port}
User alice@example.org
Pass anything
SSLType None
AuthMechs LOGIN

MaildirStore near
Inbox {inbox}

Channel all
Far :far:
Near :near:
SyncState *
"""


@pytest.mark.client
def test_swaks_sends_and_mbsync_gets_it(begin: Begin, tmp_path: Path) -> None:
    swaks, mbsync = need("swaks"), need("mbsync")
    dev = begin().wait()
    host, port = dev.ports["smtp"]
    run([swaks, "--server", host, "--port", str(port), "--to", "alice@example.org", "--header", "Subject: Hello"])
    host, port = dev.ports["imap"]
    (tmp_path / "rc").write_text(MBSYNCRC.format(host=host, port=port, inbox=tmp_path / "inbox"))
    run([mbsync, "--config", tmp_path / "rc", "--all"])
    (letter,) = (tmp_path / "inbox" / "new").iterdir()
    assert b"\nSubject: Hello\n" in letter.read_bytes()


def test_ctrl_c_ends_it_and_its_folder(begin: Begin) -> None:
    dev = begin().wait()
    assert len(list(dev.temporary.iterdir())) == 1
    assert dev.interrupt() == 0
    assert list(dev.temporary.iterdir()) == []


def test_ctrl_c_tells_open_sessions(begin: Begin) -> None:
    dev = begin().wait()
    with socket.create_connection(dev.ports["imap"], PATIENCE) as client, client.makefile("rb") as told:
        assert told.readline().startswith(b"* OK ")
        assert dev.interrupt() == 0
        assert told.readline().startswith(b"* BYE ")


def test_a_folder_that_was_given_keeps_the_mail(begin: Begin, tmp_path: Path) -> None:
    folder = str(tmp_path / "kept")
    first = begin("--dir", folder).wait()
    send(first, "alice@example.org")
    assert first.interrupt() == 0
    assert list(first.temporary.iterdir()) == []
    first.temporary.rmdir()
    second = begin("--dir", folder).wait()
    with imaplib.IMAP4(*second.ports["imap"], timeout=PATIENCE) as client:
        client.login("alice@example.org", "anything")
        assert client.select("INBOX") == ("OK", [b"1"])


SENDER = """
import os, smtplib
host, port = os.environ["TAYORI_SMTP"].rsplit(":", 1)
with smtplib.SMTP(host, int(port)) as client:
    client.sendmail("me@example.org", "alice@example.org", "Subject: Hello\\r\\n\\r\\nA letter.\\r\\n")
assert os.path.exists(os.environ["TAYORI_CA"])
raise SystemExit(7)
"""


def test_a_command_finds_the_server_and_its_status_is_ours(begin: Begin) -> None:
    dev = begin("--", sys.executable, "-c", SENDER)
    assert dev.process.wait(PATIENCE) == 7
    assert " accepted " in dev.said()
    assert list(dev.temporary.iterdir()) == []


def test_a_command_that_is_not_there_is_told(begin: Begin) -> None:
    dev = begin("--", "no-such-program")
    assert dev.process.wait(PATIENCE) == 1
    assert "no-such-program" in dev.said().splitlines()[-1]


def test_a_port_in_use_is_told_and_nothing_is_left(begin: Begin) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        where = f"127.0.0.1:{other.getsockname()[1]}"
        dev = begin(TAYORI_LISTEN__IMAP=where)
        assert dev.process.wait(PATIENCE) == 1
    told = dev.said()
    assert f"imap: cannot listen at {where}" in told
    assert "Traceback" not in told
    assert list(dev.temporary.iterdir()) == []


def test_a_command_gets_free_ports_where_the_usual_ones_are_taken(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(ANY_PORT):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delitem(ANY_PORT, name)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody else has it: taken in any case
            other.bind(("127.0.0.1", 1995))
            other.listen()
        dev = begin("--", sys.executable, "-c", SENDER)
        assert dev.process.wait(PATIENCE) == 7
    assert "Traceback" not in dev.said()


def test_a_terminal_that_goes_ends_it_and_its_folder(begin: Begin) -> None:
    dev = begin().wait()
    dev.process.send_signal(signal.SIGHUP)
    assert dev.process.wait(STOP_WITHIN) == 0
    assert list(dev.temporary.iterdir()) == []


def test_a_command_that_a_signal_ended_is_told_as_shells_do(begin: Begin) -> None:
    dev = begin("--", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert dev.process.wait(PATIENCE) == 128 + 9


def test_a_command_that_will_not_end_is_ended(begin: Begin) -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    dev = begin("--", sys.executable, "-c", deaf).wait()
    assert dev.process.stdout is not None
    assert dev.process.stdout.readline() == "deaf\n"
    dev.process.terminate()
    assert dev.process.wait(STOP_WITHIN) == 128 + 9

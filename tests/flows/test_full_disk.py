"""A disk that is really full: "not now" before the octets come, nothing half, room can be made. DESIGN section 5."""

import imaplib
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from aids import crash, disk
from aids.crash import CAROL, INBOXES, Ledger, Letter, MortalServer
from aids.disk import LoopDisk
from aids.server import ALICE, BOB, PATIENCE
from aids.wait import wait_until

SIZE = 128 * 2**20  # octets of the whole disk
MOST = 2000  # letters that it could not hold


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[LoopDisk]:
    if why := disk.missing():
        pytest.skip(why)
    with disk.loop_disk(tmp_path, SIZE) as made:
        yield made


@pytest.fixture
def server(small_disk: LoopDisk, tmp_path: Path) -> Iterator[MortalServer]:
    server = MortalServer(small_disk.folder / "server")
    server.log = tmp_path / "log"  # elsewhere
    server.add(ALICE, BOB, CAROL)
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.end()


def sent(client: smtplib.SMTP, letter: Letter) -> int:
    """The code that SMTP ended with."""
    try:
        client.sendmail("sender@example.net", [account for account, _ in letter.homes], letter.raw)
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code
    except smtplib.SMTPRecipientsRefused as refused:
        return next(iter(refused.recipients.values()))[0]
    return 250


def fill(server: MortalServer, ledger: Ledger) -> int:
    """Deliver until it is refused; the code."""
    with smtplib.SMTP(*server.ports["smtp"], timeout=PATIENCE) as client:
        for _ in range(MOST):
            letter = ledger.letter(*INBOXES)
            code = sent(client, letter)
            if code != 250:
                return code
            ledger.promise(letter)
    return 250


@contextmanager
def nothing_left(folder: Path) -> Iterator[Callable[[], None]]:
    """Another program takes what the server keeps in reserve, for a while; called, it takes what came free since."""
    ballast = folder / "ballast"

    def take() -> None:
        with suppress(OSError), ballast.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(2**16))

    take()
    yield take
    ballast.unlink()


@pytest.mark.root
@pytest.mark.slow_flow
def test_on_a_full_disk_mail_is_refused_and_what_was_acknowledged_is_whole(
    server: MortalServer, small_disk: LoopDisk
) -> None:
    ledger = Ledger(seed=3)
    assert fill(server, ledger) == 452
    with nothing_left(small_disk.folder):
        assert fill(server, ledger) == 452
    crash.check(server, ledger, whole=True)


@pytest.mark.root
@pytest.mark.slow_flow
def test_on_a_full_disk_expunging_makes_room_for_the_next_mail(server: MortalServer, small_disk: LoopDisk) -> None:
    ledger = Ledger(seed=4)
    assert fill(server, ledger) == 452
    with nothing_left(small_disk.folder):
        for account, _ in INBOXES:
            with server.mailbox(account) as client:
                expunge_all(client)
    wait_until(lambda: not list(server.data.glob("mail/*/*/Maildir/*/*,S=*")), PATIENCE)
    small_disk.sync()  # ext4 gives room back with its next commit
    server.send("the next")
    assert server.subjects() == ["the next"]


def expunge_all(client: imaplib.IMAP4) -> None:
    assert client.store("1:*", "+FLAGS.SILENT", "(\\Deleted)")[0] == "OK"
    assert client.expunge()[0] == "OK"


@pytest.mark.root
@pytest.mark.slow_flow
def test_on_a_full_disk_mail_is_read(server: MortalServer, small_disk: LoopDisk) -> None:
    server.send("before it was full")
    with nothing_left(small_disk.folder):
        assert server.subjects() == ["before it was full"]


@pytest.mark.root
@pytest.mark.slow_flow
def test_append_to_a_full_disk_is_refused_and_the_session_goes_on(server: MortalServer, small_disk: LoopDisk) -> None:
    assert fill(server, Ledger(seed=6)) == 452
    with server.mailbox() as client, nothing_left(small_disk.folder) as take:
        status, said = "OK", [b""]
        for _ in range(MOST):  # what the log and the databases let go of is room, and may be used
            status, said = client.append("INBOX", "", "", b"Subject: one more\r\n\r\n")
            if status != "OK":
                break
            take()
        assert status == "NO"
        assert said[0].startswith((b"[OVERQUOTA]", b"[UNAVAILABLE]"))
        assert client.noop()[0] == "OK"


@pytest.mark.root
@pytest.mark.slow_flow
@pytest.mark.parametrize("octets", [1000, 600_000])
def test_a_disk_that_fills_up_amid_a_message_costs_nothing_but_a_second_try(
    server: MortalServer, small_disk: LoopDisk, octets: int
) -> None:
    content = b"Subject: amid\r\n\r\n" + b"0123456789\r\n" * (octets // 12)
    with smtplib.SMTP(*server.ports["smtp"], timeout=PATIENCE) as client:
        client.ehlo()
        assert begun(client)
        with nothing_left(small_disk.folder):
            client.send(content)
            assert client.docmd(".")[0] == 452
        assert server.subjects() == []
        assert begun(client)
        client.send(content)
        assert client.docmd(".")[0] == 250
    assert server.subjects() == ["amid"]


def begun(client: smtplib.SMTP) -> bool:
    """The server waits for the message's octets."""
    client.mail("sender@example.net")
    client.rcpt(ALICE)
    return client.docmd("DATA")[0] == 354

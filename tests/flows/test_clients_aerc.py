"""aerc: a reader on a terminal, whose IMAP is go-imap's. It lists, reads, searches, makes mailboxes and moves."""

import imaplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from aids.clients import need
from aids.office import HOST, Office
from aids.screen import Screen
from aids.server import PASSWORD
from aids.wait import wait_until

pytestmark = pytest.mark.client

ACCOUNT = """\
[post]
source = imaps://{login}:{password}@{host}:{port}
default = INBOX
from = Alice <{account}>
cache-headers = true
"""
LETTERS = {"needle in the hay": "It is sharp.", "newest": "It came last."}


@pytest.fixture
def filled(office: Office, account: str) -> str:
    for day, (subject, body) in enumerate(LETTERS.items(), 1):
        head = f"From: a@example.net\r\nDate: {day} Nov 2026 12:00:00 +0000\r\nSubject: {subject}\r\n\r\n"
        office.submit(f"{head}{body}\r\n".encode(), account)
    return account


@pytest.fixture
def screen(office: Office, filled: str, tmp_path: Path) -> Iterator[Screen]:
    """aerc, when it shows both letters in its list."""
    program, folder = need("aerc"), tmp_path / "aerc"
    folder.mkdir()
    login, password = filled.replace("@", "%40"), PASSWORD.replace(" ", "%20")
    settings = ACCOUNT.format(login=login, password=password, host=HOST, port=office.port("imaps"), account=filled)
    (folder / "accounts.conf").write_text(settings)
    (folder / "accounts.conf").chmod(0o600)
    (folder / "aerc.conf").write_text("[filters]\ntext/plain = cat\n")
    homes = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")
    environment = dict.fromkeys(homes, str(tmp_path)) | {"SSL_CERT_FILE": str(office.ca)}
    with Screen([program], environment) as shown:
        shown.wait("newest", "hay")
        yield shown


def test_aerc_reads_a_letter(office: Office, filled: str, screen: Screen) -> None:
    screen.type("\r")
    screen.wait("last.")
    wait_until(lambda: office.flags(filled) == [set(), {"\\Seen"}])


def test_aerc_finds_a_letter(screen: Screen) -> None:
    screen.type(":filter needle\r")
    screen.wait("hay")
    screen.type(":select 0\r:view\r")
    screen.wait("sharp.")


def texts(office: Office, account: str, folder: str) -> list[bytes]:
    """None where there is no such mailbox yet."""
    try:
        return office.texts(account, folder)
    except imaplib.IMAP4.error:
        return []


def test_aerc_moves_a_letter_into_a_mailbox_that_it_makes(office: Office, filled: str, screen: Screen) -> None:
    screen.type(":archive year\r")
    wait_until(lambda: texts(office, filled, "Archive/2026") != [])
    assert [len(office.texts(filled, folder)) for folder in ("INBOX", "Archive/2026")] == [1, 1]

"""mutt and neomutt, on a terminal of their own: letters are read, flagged, saved and deleted by keys."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from aids.clients import need
from aids.office import HOST, Office
from aids.server import PASSWORD, PATIENCE

pytestmark = pytest.mark.client

LETTERS = [
    b"From: a@example.net\r\nMessage-ID: <%b@example.net>\r\nSubject: %b\r\n\r\nA letter.\r\n" % (subject, subject)
    for subject in (b"one", b"two")
]
MUTTRC = """\
set folder="{url}/" spoolfile="{url}/INBOX" imap_user="{account}" imap_pass="{password}"
set ssl_ca_certificates_file="{ca}" ssl_starttls=yes ssl_force_tls=yes certificate_file="{folder}/certificates"
set header_cache="{folder}/headers" message_cachedir="{folder}/bodies" record= postponed= mail_check=0
set quit=yes delete=yes confirmappend=no confirmcreate=no wait_key=no move=no mark_old=no sleep_time=0
set sort=mailbox-order tmpdir="{folder}" imap_condstore=yes imap_qresync=yes
"""


def mutt(program: str, office: Office, account: str, folder: Path, keys: str, service: str = "imaps") -> None:
    """Open INBOX on a terminal of its own, press `keys`, and wait for its end."""
    path = need(program)
    url = f"{service}://{HOST}:{office.port(service)}"
    rc = folder / "muttrc"
    rc.write_text(MUTTRC.format(url=url, account=account, password=PASSWORD, ca=office.ca, folder=folder))
    outer, inner = pty.openpty()
    with subprocess.Popen(
        [path, "-n", "-F", rc, "-f", f"{url}/INBOX", "-e", f'push "{keys}"'],
        stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
        env={**os.environ, "TERM": "vt100", "HOME": str(folder)},
    ) as running:  # fmt: skip
        os.close(inner)
        try:
            screen = drawn(outer)
            assert running.wait(PATIENCE) == 0, screen
        finally:
            running.kill()
            os.close(outer)


def drawn(terminal: int) -> bytes:
    """What a program draws until it ends."""
    octets = bytearray()
    while True:
        try:
            octets += os.read(terminal, 2**16)
        except OSError:  # Linux: the other end is closed
            return bytes(octets)


@pytest.fixture
def filled(office: Office, account: str) -> str:
    """The address of an account that has both letters."""
    for letter in LETTERS:
        office.submit(letter, account)
    return account


programs = pytest.mark.parametrize("program", ["mutt", "neomutt"])


@programs
@pytest.mark.parametrize("service", ["imap", "imaps"])
def test_mutt_flags_a_letter(office: Office, filled: str, tmp_path: Path, program: str, service: str) -> None:
    mutt(program, office, filled, tmp_path, "<last-entry><flag-message><quit>", service)
    assert office.flags(filled) == [set(), {"\\Flagged"}]


@programs
def test_mutt_saves_a_letter_into_another_mailbox(office: Office, filled: str, tmp_path: Path, program: str) -> None:
    before = office.texts(filled)
    mutt(program, office, filled, tmp_path, "<first-entry><save-message>=Archive<enter><quit>")
    assert office.texts(filled) == before[1:]
    assert office.texts(filled, "Archive") == before[:1]


@programs
def test_mutt_deletes_tagged_letters(office: Office, filled: str, tmp_path: Path, program: str) -> None:
    mutt(program, office, filled, tmp_path, "<tag-pattern>~s one<enter><tag-prefix><delete-message><quit>")
    assert [b"Subject: two" in text for text in office.texts(filled)] == [True]


@programs
def test_mutt_reads_a_letter_which_is_then_seen(office: Office, filled: str, tmp_path: Path, program: str) -> None:
    mutt(program, office, filled, tmp_path, "<first-entry><display-message><exit><quit>")
    assert office.flags(filled) == [{"\\Seen"}, set()]


@programs
def test_mutt_opens_a_mailbox_anew_by_its_header_cache(
    office: Office, filled: str, tmp_path: Path, program: str
) -> None:
    mutt(program, office, filled, tmp_path, "<quit>")
    office.submit(LETTERS[0], filled)
    mutt(program, office, filled, tmp_path, "<last-entry><flag-message><quit>")
    assert office.flags(filled) == [set(), set(), {"\\Flagged"}]


@programs
def test_mutt_is_told_by_qresync_of_what_went_and_changed(
    office: Office, filled: str, tmp_path: Path, program: str
) -> None:
    office.submit(LETTERS[0].replace(b"one", b"three"), filled)
    mutt(program, office, filled, tmp_path, "<quit>")
    with office.reading(filled) as other:
        other.store("1", "+FLAGS", "\\Deleted")
        other.expunge()
        other.store("1", "+FLAGS", "\\Flagged")
    mutt(program, office, filled, tmp_path, "<tag-pattern>~F<enter><tag-prefix><delete-message><quit>")
    assert [b"Subject: three" in text for text in office.texts(filled)] == [True]

"""offlineimap3: a Maildir tree on this side and the account on the other become the same, and stay it."""

import mailbox
from pathlib import Path

import pytest

from aids.clients import need
from aids.office import HOST, Office, run
from aids.server import PASSWORD

pytestmark = pytest.mark.client

RC = """\
[general]
accounts = all
metadata = {folder}/state
socktimeout = 30

[Account all]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {folder}/mail

[Repository far]
type = IMAP
remotehost = {host}
remoteport = {port}
remoteuser = {account}
remotepass = {password}
ssl = yes
sslcacertfile = {ca}
idlefolders = []
"""


def letter(subject: str) -> bytes:
    header = f"From: a@example.net\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.net>\r\n"
    return f"{header}\r\nA letter.\r\n".encode()


class Synced:
    def __init__(self, office: Office, account: str, folder: Path) -> None:
        self._program = need("offlineimap")
        self._rc, self._local = folder / "offlineimaprc", folder / "mail"
        values = {"host": HOST, "port": office.port("imaps"), "ca": office.ca, "password": PASSWORD}
        self._rc.write_text(RC.format(**values, account=account, folder=folder))

    def sync(self) -> "Synced":
        run([self._program, "-c", self._rc, "-o", "-u", "basic"])
        return self

    def box(self, name: str = "INBOX") -> mailbox.Maildir:
        return mailbox.Maildir(self._local / name, factory=None)

    def flags(self, name: str = "INBOX") -> dict[str, str]:
        """By subject."""
        return {message["Subject"]: message.get_flags() for message in self.box(name)}

    def key(self, subject: str) -> str:
        return next(key for key, message in self.box().items() if message["Subject"] == subject)


@pytest.fixture
def synced(office: Office, account: str, tmp_path: Path) -> Synced:
    """Two letters, on both sides."""
    for subject in ("one", "two"):
        office.submit(letter(subject), account)
    return Synced(office, account, tmp_path).sync()


def test_offlineimap_fetches_all_letters(synced: Synced) -> None:
    assert synced.flags() == {"one": "", "two": ""}
    assert synced.flags("Sent") == {}


def test_offlineimap_carries_flags_both_ways(office: Office, account: str, synced: Synced) -> None:
    box, key = synced.box(), synced.key("two")
    message = box[key]
    message.set_flags("FS")
    message.set_subdir("cur")
    box[key] = message
    with office.reading(account) as client:
        client.store("1", "+FLAGS", "(\\Answered)")
    assert synced.sync().flags() == {"one": "R", "two": "FS"}
    assert office.flags(account) == [{"\\Answered"}, {"\\Flagged", "\\Seen"}]


def test_offlineimap_appends_and_expunges(office: Office, account: str, synced: Synced) -> None:
    written = mailbox.MaildirMessage(letter("draft").replace(b"\r\n", b"\n"))
    written.set_flags("DS")
    written.set_subdir("cur")
    synced.box().add(written)
    synced.box().remove(synced.key("one"))
    synced.sync()
    assert [b"Subject: two" in text for text in office.texts(account)] == [True, False]
    assert office.flags(account) == [set(), {"\\Draft", "\\Seen"}]

"""mbsync: a Maildir on this side and the account on the other become the same, and stay it."""

import mailbox
from pathlib import Path

import pytest

from aids.clients import need
from aids.office import HOST, Office, run
from aids.server import PASSWORD

pytestmark = pytest.mark.client

RC = """\
IMAPAccount tayori
Host {host}
Port {port}
User {account}
Pass "{password}"
{tls}
CertificateFile {ca}

IMAPStore far
Account tayori

MaildirStore near
Path {local}/
Inbox {local}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
Sync All
SyncState *
CopyArrivalDate yes
"""


def letter(subject: str) -> bytes:
    header = f"From: a@example.net\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.net>\r\n"
    return f"{header}\r\nA letter.\r\n".encode()


class Synced:
    """One Maildir tree that mbsync keeps equal to an account."""

    def __init__(self, office: Office, account: str, folder: Path, service: str = "imaps") -> None:
        self._mbsync = need("mbsync")
        self._rc = folder / "mbsyncrc"
        self._local = folder / "mail"
        self._local.mkdir()
        tls = "SSLType IMAPS" if service == "imaps" else "SSLType STARTTLS"
        values = {"host": HOST, "port": office.port(service), "ca": office.ca, "password": PASSWORD}
        self._rc.write_text(RC.format(**values, account=account, local=self._local, tls=tls))

    def sync(self) -> "Synced":
        run([self._mbsync, "--config", self._rc, "--all"])
        return self

    def box(self, name: str = "INBOX") -> mailbox.Maildir:
        return mailbox.Maildir(self._local / name, factory=None)

    def flags(self, name: str = "INBOX") -> dict[str, str]:
        """By subject."""
        return {message["Subject"]: message.get_flags() for message in self.box(name)}

    def key(self, subject: str) -> str:
        return next(key for key, message in self.box().items() if message["Subject"] == subject)

    def files(self) -> list[str]:
        return sorted(str(path) for path in self._local.rglob("*") if path.is_file())


@pytest.fixture
def synced(office: Office, account: str, tmp_path: Path) -> Synced:
    """Three letters, on both sides."""
    for subject in ("one", "two", "three"):
        office.submit(letter(subject), account)
    return Synced(office, account, tmp_path).sync()


def test_all_letters_and_mailboxes_come_here(synced: Synced) -> None:
    assert synced.flags() == {"one": "", "two": "", "three": ""}
    assert synced.flags("Sent") == {}


def test_octets_are_the_same_on_both_sides(office: Office, account: str, synced: Synced) -> None:
    near = [text.replace(b"\n", b"\r\n") for text in map(synced.box().get_bytes, synced.box().keys())]
    bare = [b"\r\n".join(line for line in text.split(b"\r\n") if not line.startswith(b"X-TUID")) for text in near]
    assert sorted(bare) == sorted(office.texts(account))


def test_a_second_sync_changes_nothing(office: Office, account: str, synced: Synced) -> None:
    before = synced.files(), office.texts(account), office.flags(account)
    assert (synced.sync().files(), office.texts(account), office.flags(account)) == before


def test_a_flag_set_here_is_set_there(office: Office, account: str, synced: Synced) -> None:
    box, key = synced.box(), synced.key("two")
    message = box[key]
    message.set_flags("FS")
    message.set_subdir("cur")
    box[key] = message
    synced.sync()
    assert office.flags(account) == [set(), {"\\Flagged", "\\Seen"}, set()]


def test_a_flag_set_there_is_set_here(office: Office, account: str, synced: Synced) -> None:
    with office.reading(account) as client:
        client.store("3", "+FLAGS", "(\\Answered \\Seen)")
    assert synced.sync().flags() == {"one": "", "two": "", "three": "RS"}


def test_a_letter_put_here_goes_there_with_its_flags(office: Office, account: str, synced: Synced) -> None:
    written = mailbox.MaildirMessage(letter("draft").replace(b"\r\n", b"\n"))
    written.set_flags("DS")
    written.set_subdir("cur")
    synced.box().add(written)
    synced.sync()
    assert b"Subject: draft" in office.texts(account)[3]
    assert office.flags(account)[3] == {"\\Draft", "\\Seen"}


def test_a_letter_expunged_here_is_gone_there(office: Office, account: str, synced: Synced) -> None:
    synced.box().remove(synced.key("one"))
    synced.sync()
    assert [b"Subject: one" in text for text in office.texts(account)] == [False, False]


def test_a_letter_expunged_there_is_gone_here(office: Office, account: str, synced: Synced) -> None:
    with office.reading(account) as client:
        client.store("2", "+FLAGS", "\\Deleted")
        client.expunge()
    assert synced.sync().flags() == {"one": "", "three": ""}


def test_a_mailbox_made_here_is_made_there(office: Office, account: str, synced: Synced) -> None:
    synced.box("B&APw-ro").add(letter("ticket"))  # Büro
    synced.sync()
    assert len(office.texts(account, "B&APw-ro")) == 1


def test_two_places_follow_each_other_by_starttls(office: Office, account: str, synced: Synced, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Synced(office, account, tmp_path / "other", "imap").sync()
    other.box().add(letter("from the other"))
    other.box().remove(other.key("one"))
    other.sync()
    assert synced.sync().flags() == {"two": "", "three": "", "from the other": ""}

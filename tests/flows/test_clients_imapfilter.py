"""imapfilter: rules in Lua search, flag, copy, move and delete letters on the server."""

from pathlib import Path

import pytest

from aids.clients import need
from aids.office import HOST, Office, run
from aids.server import PASSWORD

pytestmark = pytest.mark.client

SUBJECTS = ("one", "two", "three")
ACCOUNT = """\
options.certificates = false
options.create = true
there = IMAP {{ server = "{host}", port = {port}, username = "{account}", password = "{password}", ssl = "auto" }}
"""


@pytest.fixture
def filled(office: Office, account: str) -> str:
    for subject in SUBJECTS:
        office.submit(f"From: {subject}@example.net\r\nSubject: {subject}\r\n\r\nA letter.\r\n".encode(), account)
    return account


def imapfilter(office: Office, account: str, folder: Path, rules: str) -> None:
    program, config = need("imapfilter"), folder / "config.lua"
    where = ACCOUNT.format(host=HOST, port=office.port("imaps"), account=account, password=PASSWORD)
    config.write_text(where + rules)
    run([program, "-c", config, "-t", office.ca], environment={"HOME": str(folder), "SSL_CERT_FILE": str(office.ca)})


def senders(office: Office, account: str, folder: str = "INBOX") -> list[str]:
    texts = [text.decode() for text in office.texts(account, folder)]
    return [subject for text in texts for subject in SUBJECTS if f"From: {subject}@" in text]


def test_imapfilter_flags_what_it_finds(office: Office, filled: str, tmp_path: Path) -> None:
    imapfilter(office, filled, tmp_path, "there.INBOX:contain_subject('two'):mark_flagged()")
    assert office.flags(filled) == [set(), {"\\Flagged"}, set()]


def test_imapfilter_moves_into_a_mailbox_that_it_makes(office: Office, filled: str, tmp_path: Path) -> None:
    rules = "there.INBOX:contain_from('three'):move_messages(there['Lists/Büro'])"
    imapfilter(office, filled, tmp_path, rules)
    assert senders(office, filled) == ["one", "two"]
    assert senders(office, filled, "Lists/B&APw-ro") == ["three"]


def test_imapfilter_deletes(office: Office, filled: str, tmp_path: Path) -> None:
    rules = "wanted = there.INBOX:is_unseen() - there.INBOX:contain_from('one')\nwanted:delete_messages()"
    imapfilter(office, filled, tmp_path, rules)
    assert senders(office, filled) == ["one"]

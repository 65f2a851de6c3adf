"""npm's imapflow, a client with CONDSTORE, QRESYNC and COMPRESS: it changes an account, goes, and comes back."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aids.clients import absent, need
from aids.office import HOST, Office, run
from aids.server import PASSWORD

pytestmark = pytest.mark.client

HERE = Path(__file__).parent / "imapflow"
LETTERS = [
    b"From: a@example.net\r\nMessage-ID: <%b@example.net>\r\nSubject: %b\r\n\r\nA letter.\r\n" % (subject, subject)
    for subject in (b"one", b"two", b"three")
]

Told = dict[str, object]
Said = Callable[..., Told]


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where imapflow is installed, of the version and the hashes that package-lock.json names."""
    npm, folder = need("npm"), tmp_path_factory.mktemp("imapflow")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    if done.returncode != 0:
        absent(f"npm could not install imapflow: {done.stderr[-300:]}")
    return folder


@pytest.fixture
def said(office: Office, account: str, modules: Path) -> Said:
    """Three letters are there; said(calls) gives what imapflow was told of them."""
    for letter in LETTERS:
        office.submit(letter, account)

    def say(*calls: object, since: object = None) -> Told:
        auth = {"user": account, "pass": PASSWORD}
        where = {"host": HOST, "port": office.port("imaps"), "secure": True}
        wanted = {"options": {**where, "auth": auth, "qresync": True}, "calls": calls, "since": since}
        environment = {"NODE_EXTRA_CA_CERTS": str(office.ca)}
        octets = run([need("node"), HERE / "said.mjs", modules, json.dumps(wanted)], environment=environment)
        told: Told = json.loads(octets)
        return told

    return say


def messages(told: Told, item: str) -> list[object]:
    found = told["messages"]
    assert isinstance(found, list)
    return [message[item] for message in found]


def state(told: Told) -> Told:
    mailbox = told["mailbox"]
    assert isinstance(mailbox, dict)
    return mailbox


def test_imapflow_reads_whole_letters(office: Office, account: str, said: Said) -> None:
    told = said()
    assert messages(told, "subject") == ["one", "two", "three"]
    sources = [str(source).encode("latin-1") for source in messages(told, "source")]
    assert [source.endswith(letter) for source, letter in zip(sources, LETTERS, strict=True)] == [True] * 3
    assert sources == office.texts(account)


def test_imapflow_changes_flags_and_appends_and_moves(office: Office, account: str, said: Said) -> None:
    said(
        ["messageFlagsAdd", "1", ["\\Flagged", "$Later"]],
        ["append", "INBOX", LETTERS[0].decode(), ["\\Draft"]],
        ["messageMove", "2", "Archive", {"uid": True}],
    )
    assert office.flags(account) == [{"\\Flagged", "$Later"}, set(), {"\\Draft"}]
    assert [text.endswith(LETTERS[1]) for text in office.texts(account, "Archive")] == [True]


def test_imapflow_comes_back_by_qresync_and_knows_what_went(office: Office, account: str, said: Said) -> None:
    before = state(said())
    with office.reading(account) as client:
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
        client.store("2", "+FLAGS", "\\Answered")
    told = said(since={"uidValidity": before["uidValidity"], "changedSince": before["modseq"]})
    assert "QRESYNC" in str(told["enabled"])
    assert told["events"] == [["expunge", 1, True], ["flags", 3, ["\\Answered"]]]


def test_imapflow_speaks_compressed(said: Said) -> None:
    told = said()
    assert "COMPRESS=DEFLATE" in str(told["capabilities"])
    assert " COMPRESS DEFLATE" in str(told["commands"])
    assert len(messages(told, "uid")) == len(LETTERS)

"""A Maildir that another program left under DATA: `tayori reindex` takes it in, and clients find all of it."""

import mailbox
from collections.abc import Iterator
from pathlib import Path

import pytest

from aids.office import Office, running
from aids.server import ALICE

PYTHON, DOVECOT, LATER, ADDED = (f"{name}@example.org" for name in ("python", "dovecot", "later", "added"))

LETTERS = {
    "plain": b"From: a@example.net\nSubject: plain\n\nA letter.\n",
    "8-bit": b"From: a@example.net\nSubject: 8-bit\n\n\xe4\xbe\xbf\xe3\x82\x8a\n",
    "dots": b"From: a@example.net\nSubject: dots\n\n.\n..\nend\n",
}
NUMBERED = ((1, "plain"), (2, "8-bit"))
GUID = "7e2a1f3b5c4d6e8f9a0b1c2d3e4f5a6b"


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server that runs, and has taken in four Maildirs."""
    server = Office(tmp_path_factory.mktemp("office"))
    server.tayori("domain", "list")  # DATA is made by whom it will belong to
    home = server.data / "mail" / "example.org"
    for name in ("python", "added"):
        (home / name).mkdir(parents=True)
        filled(home / name / "Maildir").add_folder("Work.2026").add(LETTERS["dots"])
    for name in ("dovecot", "later"):
        dovecot_left(home / name / "Maildir")
    server.add(PYTHON, DOVECOT, LATER)
    done = server.tayori("reindex", PYTHON, DOVECOT, LATER)
    assert done.returncode == 0, done.stderr
    with running(server):
        yield server


def as_crlf(*names: str) -> list[bytes]:
    return [LETTERS[name].replace(b"\n", b"\r\n") for name in names]


def filled(path: Path) -> mailbox.Maildir:
    """What Python's mailbox makes of the letters, each with flags of its own."""
    box = mailbox.Maildir(path, factory=None)
    for octets, flags in zip(LETTERS.values(), ("", "S", "FRS"), strict=True):
        message = mailbox.MaildirMessage(octets)
        message.set_flags(flags)
        message.set_subdir("cur" if flags else "new")
        box.add(message)
    return box


def test_letters_and_flags_that_python_left_are_served(adopted: Office) -> None:
    told = dict(zip(adopted.texts(PYTHON), map(frozenset, adopted.flags(PYTHON)), strict=True))
    seen, all_three = frozenset({"\\Seen"}), frozenset({"\\Flagged", "\\Answered", "\\Seen"})
    assert told == dict(zip(as_crlf(*LETTERS), (frozenset(), seen, all_three), strict=True))


def test_folders_that_python_left_are_served(adopted: Office) -> None:
    assert adopted.texts(PYTHON, "Work/2026") == as_crlf("dots")


def test_pop3_gives_the_octets_too(adopted: Office) -> None:
    with adopted.collecting(PYTHON) as client:
        bodies = [b"\r\n".join([*client.retr(number)[1], b""]) for number in (1, 2, 3)]
    assert sorted(bodies) == sorted(as_crlf(*LETTERS))


def test_who_gets_an_account_finds_the_mail_that_lies_there(adopted: Office) -> None:
    adopted.add(ADDED)
    assert sorted(adopted.texts(ADDED)) == sorted(as_crlf(*LETTERS))


# ---- Dovecot's


def sizes(octets: bytes) -> str:
    """The end of a file's name: its size on disk and on the wire."""
    return f"S={len(octets)},W={len(octets) + octets.count(10)}"


def dovecot_left(path: Path) -> None:
    """As Dovecot 2.3 writes it: two letters in INBOX, one in Lists.Python, both lists beside them."""
    plain, eight_bit = (f"169000000{number}.M{number}P7.mx,{sizes(LETTERS[name])}" for number, name in NUMBERED)
    put(path / "cur" / f"{plain}:2,Sa", "plain")
    put(path / "cur" / f"{eight_bit}:2,Fb", "8-bit")
    (path / "new").mkdir()
    (path / "tmp").mkdir()
    (path / "dovecot-uidlist").write_text(f"3 V1690000000 N23 G{GUID}\n11 W48 :{eight_bit}\n17 :{plain}\n")
    (path / "dovecot-keywords").write_text("0 $Forwarded\n1 Later\n")
    (path / "subscriptions").write_text("V\t2\n\nINBOX\nLists\tPython\n")
    put(path / ".Lists.Python" / "cur" / "1690000003.M303P7.mx:2,S", "dots")
    (path / ".Lists.Python" / "maildirfolder").touch()
    (path / ".Lists.Python" / "dovecot-uidlist").write_text("3 V1690000009 N6\n5 :1690000003.M303P7.mx\n")


def put(file: Path, name: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(LETTERS[name])


def test_uids_that_dovecot_gave_are_kept(adopted: Office) -> None:
    with adopted.reading(DOVECOT) as client:
        assert client.response("UIDVALIDITY")[1] == [b"1690000000"]
        assert client.uid("SEARCH", "ALL") == ("OK", [b"11 17"])
    assert adopted.texts(DOVECOT) == as_crlf("8-bit", "plain")
    assert adopted.flags(DOVECOT) == [{"\\Flagged", "Later"}, {"\\Seen", "$Forwarded"}]


def test_folders_and_subscriptions_of_dovecot_are_kept(adopted: Office) -> None:
    with adopted.reading(DOVECOT, "Lists/Python") as client:
        assert client.response("UIDVALIDITY")[1] == [b"1690000009"]
        assert client.uid("SEARCH", "ALL") == ("OK", [b"5"])
        told = client.lsub('""', "*")[1]
    assert [line.split()[-1].strip(b'"') for line in told if isinstance(line, bytes)] == [b"INBOX", b"Lists/Python"]


def test_what_comes_next_gets_no_uid_that_dovecot_may_have_given(adopted: Office) -> None:
    adopted.submit(b"Subject: new\r\n\r\nnew\r\n", LATER)
    with adopted.reading(LATER) as client:
        uids = [int(uid) for uid in client.uid("SEARCH", "ALL")[1][0].split()]
    assert uids[:2] == [11, 17]
    assert uids[2] >= 23


# ---- Ours, with the catalog gone


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Office]:
    """A server that runs, with three letters of alice's in two mailboxes."""
    office = Office(tmp_path / "office")
    office.add(ALICE)
    with running(office) as server:
        for octets in as_crlf(*LETTERS):
            server.submit(octets, ALICE)
        with server.reading(ALICE) as client:
            client.store("2", "+FLAGS", "(\\Flagged Later)")
            client.uid("MOVE", "1", "Archive")
        yield server


def test_after_an_orderly_stop_a_lost_catalog_costs_nothing(own: Office) -> None:
    before = contents(own, "INBOX"), contents(own, "Archive")
    assert own.stop() == 0
    for file in (own.data / "mail" / "example.org" / "alice").glob("index.db*"):
        file.unlink()
    done = own.tayori("reindex", ALICE)
    assert done.returncode == 0, done.stderr
    own.start().wait()
    assert (contents(own, "INBOX"), contents(own, "Archive")) == before


def contents(server: Office, folder: str) -> tuple[object, ...]:
    """What a client knows a mailbox by."""
    with server.reading(ALICE, folder) as client:
        known = client.response("UIDVALIDITY"), client.response("UIDNEXT"), client.uid("SEARCH", "ALL")
    return *known, server.flags(ALICE, folder), server.texts(ALICE, folder)

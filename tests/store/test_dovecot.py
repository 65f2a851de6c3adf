"""The lists that other programs read are theirs to the letter, and whatever they wrote is understood."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.model import INBOX, MailboxName
from tayori.store import dovecot
from tayori.store.dovecot import Locked, UidList


def test_a_uidlist_is_of_version_three(tmp_path: Path) -> None:
    dovecot.write_uidlist(str(tmp_path), UidList(17, 9, "ab" * 16, {"1.x.host,S=3": 4, "2.y.host": 8}))
    text = (tmp_path / "dovecot-uidlist").read_text()
    assert text == f"3 V17 N9 G{'ab' * 16}\n4 :1.x.host,S=3\n8 :2.y.host\n"


def test_lines_are_added_behind(tmp_path: Path) -> None:
    home = str(tmp_path)
    dovecot.write_uidlist(home, UidList(17, 9, "ab" * 16, {"x": 4}))
    dovecot.append_uidlist(home, [("y", 9), ("z", 10)])
    uidlist = dovecot.read_uidlist(home)
    assert (uidlist.uids, uidlist.uid_next) == ({"x": 4, "y": 9, "z": 10}, 11)


def test_nothing_is_added_to_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        dovecot.append_uidlist(str(tmp_path), [("y", 9)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "uidlist"),
    [
        ("", UidList()),
        ("rubbish\n1 x\n", UidList()),
        ("1 5 7\n3 a:2,S\n", UidList(5, 7, "", {"a": 3})),
        ("3 V5 N7\n3 W10 S9 :a\n4 :b:2,FS\n", UidList(5, 7, "", {"a": 3, "b": 4})),
        ("3 V5 N2 G00\n3 :a\n", UidList(5, 4, "", {"a": 3})),
        ("3 Vx N2\nnonsense\n\n9 :\n", UidList(0, 2, "", {})),
    ],
)
def test_what_others_wrote_is_understood_as_far_as_it_goes(tmp_path: Path, text: str, uidlist: UidList) -> None:
    (tmp_path / "dovecot-uidlist").write_text(text)
    assert dovecot.read_uidlist(str(tmp_path)) == uidlist


@given(st.binary(max_size=200))
def test_no_octets_stop_the_reader(tmp_path_factory: pytest.TempPathFactory, octets: bytes) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in ("dovecot-uidlist", "dovecot-keywords", "subscriptions", "tayori-special-uses", "tayori-annotations"):
        (home / name).write_bytes(octets)
    assert dovecot.read_uidlist(str(home)).uid_next > 0
    assert all(number >= 0 for number in dovecot.read_keywords(str(home)))
    assert all(isinstance(name, str) for name in dovecot.read_subscriptions(str(home)))
    assert all(use for use in dovecot.read_special_uses(str(home)).values())
    assert all(isinstance(value, bytes) for value in dovecot.read_annotations(f"{home}/tayori-annotations").values())


def test_a_mailbox_without_a_special_use_has_none(tmp_path: Path) -> None:
    (tmp_path / "tayori-special-uses").write_text(" Old\n\\Sent Sent\n")
    assert dovecot.read_special_uses(str(tmp_path)) == {"Sent": "\\Sent"}


def test_a_lock_is_respected_until_it_is_forgotten(tmp_path: Path) -> None:
    lock = tmp_path / "dovecot-uidlist.lock"
    lock.touch()
    with pytest.raises(Locked):
        dovecot.write_uidlist(str(tmp_path), UidList())
    os.utime(lock, (1, 1))
    with pytest.raises(Locked):
        dovecot.write_uidlist(str(tmp_path), UidList())
    dovecot.write_uidlist(str(tmp_path), UidList())
    assert not lock.exists()


def test_keywords_are_numbered(tmp_path: Path) -> None:
    dovecot.write_keywords(str(tmp_path), ["$Junk", "Later"])
    assert dovecot.read_keywords(str(tmp_path)) == {0: "$Junk", 1: "Later"}


SUBSCRIBED = [INBOX, MailboxName("Lists/Python.org"), MailboxName("Bücher")]


def test_subscriptions_come_back(tmp_path: Path) -> None:
    dovecot.write_subscriptions(str(tmp_path), SUBSCRIBED)
    assert dovecot.read_subscriptions(str(tmp_path)) == SUBSCRIBED


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("subscriptions", "V\t2\n\nINBOX\nLists\tPython&AC4-org\nB&APw-cher\n"),
        ("courierimapsubscribed", "INBOX\nINBOX.Lists.Python&AC4-org\nINBOX.B&APw-cher\n"),
    ],
)
def test_subscriptions_of_others_are_read(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text)
    assert dovecot.read_subscriptions(str(tmp_path)) == SUBSCRIBED


def test_annotations_come_back(tmp_path: Path) -> None:
    values = {"/private/comment": b"\0\n\xff", "/private/two words": b""}
    dovecot.write_annotations(f"{tmp_path}/notes", values)
    assert dovecot.read_annotations(f"{tmp_path}/notes") == values


def test_lines_of_annotations_that_are_none_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("/private/a\teA==\n/private/b\t?\n/private/c\n/private/d\t\xe4\n", "utf-8")
    assert dovecot.read_annotations(f"{tmp_path}/notes") == {"/private/a": b"x"}


def test_special_uses_come_back_and_tell_that_we_were_here(tmp_path: Path) -> None:
    assert not dovecot.served(str(tmp_path))
    dovecot.write_special_uses(str(tmp_path), [(MailboxName("Gesendet/Alt"), "\\Sent")])
    assert dovecot.read_special_uses(str(tmp_path)) == {"Gesendet/Alt": "\\Sent"}
    assert dovecot.served(str(tmp_path))

"""Names of files tell what they must, and a file is there whole or not at all."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.store import maildir


@pytest.fixture
def home(tmp_path: Path) -> str:
    maildir.make(str(tmp_path), ".A")
    return f"{tmp_path}/.A"


@pytest.mark.parametrize(
    ("flags", "letters"), [(0, ""), (1, "R"), (2, "F"), (4, "T"), (8, "S"), (16, "D"), (31, "DFRST"), (32 | 128, "ac")]
)
def test_flags_are_letters_in_everyones_order(flags: int, letters: str) -> None:
    assert maildir.info(flags) == letters


def test_flags_that_no_letter_tells_are_left_out() -> None:
    assert maildir.place("x", maildir.filed(1 << 40 | 8, in_cur=False)) == "cur/x:2,S"


@pytest.mark.parametrize(
    ("flags", "in_cur", "place"), [(0, False, "new/x"), (0, True, "cur/x:2,"), (8, False, "cur/x:2,S")]
)
def test_a_file_lies_in_new_until_something_is_to_be_told(flags: int, in_cur: bool, place: str) -> None:
    assert maildir.place("x", maildir.filed(flags, in_cur)) == place


@given(st.from_regex(r"[0-9]+\.[a-zA-Z0-9]+\.[a-z.]+(,S=[0-9]+)?(,W=[0-9]+)?", fullmatch=True), st.integers(1, 2**32))
def test_a_copys_name_tells_the_original_and_the_uid(name: str, uid: int) -> None:
    assert maildir.original_name(maildir.copy_name(name, uid)) == (name, uid)


def test_a_name_that_is_no_copys_is_its_own_original() -> None:
    assert maildir.original_name("1.t2_3x.host,S=4_5") == ("1.t2_3x.host,S=4_5", None)


def test_copies_have_the_email_id_of_the_original() -> None:
    name = "1.t2.host,S=4,W=5"
    assert maildir.email_id(maildir.copy_name(name, 9)) == maildir.email_id(name)
    assert maildir.email_id("1.t3.host,S=4,W=5") != maildir.email_id(name)


def test_a_unique_name_tells_copies_of_one_letter_apart() -> None:
    names = [maildir.unique_name(1, "w0-1", nth, "host", 2, 3) for nth in (0, 1)]
    assert names == ["1.tw0-1.host,S=2,W=3", "1.tw0-1-1.host,S=2,W=3"]


def test_what_is_written_can_be_read(home: str) -> None:
    maildir.write(home, "new/x", b"content", None)
    assert maildir.read(f"{home}/new/x", 7) == b"content"


def test_writing_again_replaces_the_file_and_leaves_other_names_of_it_alone(home: str) -> None:
    maildir.write(home, "new/x", b"old", None)
    os.link(f"{home}/new/x", f"{home}/new/y")
    maildir.write(home, "new/x", b"new", None)
    assert (maildir.read(f"{home}/new/x", 3), maildir.read(f"{home}/new/y", 3)) == (b"new", b"old")


def test_a_short_write_is_gone_on_with(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, bytes(content[:3])))
    maildir.write(home, "new/x", b"0123456789", None)
    monkeypatch.undo()
    assert maildir.read(f"{home}/new/x", 10) == b"0123456789"


@pytest.mark.parametrize("call", ["write", "rename"])
def test_a_fault_leaves_nothing_behind(home: str, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fails(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(OSError, match="No space"):
        maildir.write(home, "new/x", b"content", None)
    monkeypatch.undo()
    assert [os.listdir(f"{home}/{folder}") for folder in maildir.FOLDERS] == [[], [], []]


def test_a_link_takes_the_place_of_another_file(home: str) -> None:
    maildir.write(home, "new/x", b"right", None)
    maildir.write(home, "new/y", b"wrong", None)
    maildir.link(f"{home}/new/x", home, "new/y")
    maildir.link(f"{home}/new/x", home, "new/y")
    assert os.path.samefile(f"{home}/new/x", f"{home}/new/y")
    assert os.listdir(f"{home}/tmp") == []


@pytest.mark.parametrize("size", [6, 8, 0])
def test_a_file_of_another_size_is_not_read(home: str, size: int) -> None:
    maildir.write(home, "new/x", b"content", None)
    assert maildir.read(f"{home}/new/x", size) is None


def test_a_large_file_of_another_size_is_not_mapped(home: str) -> None:
    maildir.write(home, "new/x", b"content", None)
    assert maildir.read(f"{home}/new/x", maildir.MAPPED + 1) is None


def test_a_listing_tells_where_each_unique_name_lies(home: str) -> None:
    maildir.write(home, "new/x", b"", None)
    maildir.write(home, "cur/y:2,FS", b"", None)
    assert maildir.listing(home) == {"x": "new/x", "y": "cur/y:2,FS"}


def test_every_folder_but_the_inbox_is_marked(tmp_path: Path) -> None:
    for folder in ("", ".A"):
        maildir.make(str(tmp_path), folder)
    assert [(tmp_path / folder / "maildirfolder").exists() for folder in ("", ".A")] == [False, True]

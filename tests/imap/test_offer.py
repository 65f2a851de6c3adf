"""What is offered, and what the settings leave out."""

from tayori.imap.offer import offer


def test_what_is_named_is_left_out_in_whatever_case_its_capability_stands() -> None:
    names = offer(frozenset({"IMAP4REV2", "IDLE"})).names
    assert not names & {b"IMAP4rev2", b"IDLE"}
    assert b"MOVE" in names


def test_what_stands_on_something_left_out_goes_with_it() -> None:
    names = offer(frozenset({"CONDSTORE", "ESEARCH"})).names
    assert not names & {b"QRESYNC", b"SEARCHRES", b"PARTIAL", b"IMAP4rev2"}


def test_all_is_there_where_nothing_is_left_out() -> None:
    assert {b"QRESYNC", b"IMAP4rev2", b"PARTIAL"} <= offer(frozenset()).names

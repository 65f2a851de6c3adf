"""LF for CRLF only where it can be undone; sizes with the fields in front."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tayori.message.digest import digest
from tayori.model import INBOX, Account, LogPosition, Store
from tayori.spool import form
from tayori.spool.notes import Message

ALICE = Account("alice@example.org")
pieces = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"Subject: x", b": "])).map(b"".join)
MESSAGE = Message("w0-1", "carol@example.net", [Store(ALICE, INBOX, "alice@example.org")], 0, 0, 0, False)


@given(pieces)
def test_lf_stands_for_crlf_only_where_that_can_be_undone(raw: bytes) -> None:
    lf = form.with_lf(raw)
    alone = raw.replace(b"\r\n", b"")
    assert (lf is None) == (b"\r" in alone or b"\n" in alone)
    assert lf is None or lf.replace(b"\n", b"\r\n") == raw


@given(pieces)
def test_the_digest_is_that_of_the_whole_file(raw: bytes) -> None:
    content = b"Received: from x\r\n" + raw
    made = form.arrival(MESSAGE, 0, LogPosition("w0", 1), form.kept(content))
    assert made.digest == digest(made.content, made.lf)


def test_an_appended_message_has_nothing_in_front() -> None:
    appended = replace(form.kept(b"A: b\r\n\r\n"), lf=True)
    message = Message("w0-1", None, MESSAGE.stores, 0, 0, 0, False)
    assert form.arrival(message, 0, LogPosition("w0", 1), appended).content == b"A: b\n\n"


def test_a_sender_in_utf8_is_written_as_such() -> None:
    assert form.fields_in_front("jürgen@example.net", MESSAGE.stores[0]).startswith(
        "Return-Path: <jürgen@example.net>\r\n".encode()
    )

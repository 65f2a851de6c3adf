"""Several messages of one APPEND: bounded, all or none."""

import pytest

from aids.mailroom import LOGIN, Mailroom
from tayori.errors import TryLater
from tayori.imap.commands import append
from tayori.imap.extensions import catenate
from tayori.model import Buffer


@pytest.fixture
def mailroom() -> Mailroom:
    return Mailroom()


def test_more_messages_than_are_taken_at_once_are_refused(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append, "MAX_TOGETHER", 2)
    said = mailroom.talk(LOGIN + b"b APPEND Sent {1+}\r\na {1+}\r\nb {1+}\r\nc\r\nc NOOP\r\n")
    assert said[1].startswith(b"b NO [LIMIT] No more than 2 messages ")
    assert said[2:] == [b"c OK NOOP completed"]
    assert mailroom.intake.appended == []


def test_more_octets_than_are_taken_at_once_are_refused(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append, "MAX_OCTETS", 4)
    said = mailroom.talk(
        LOGIN + b"b APPEND Sent {3+}\r\nabc {3+}\r\nabc\r\nc APPEND Sent {3+}\r\nabc {2+}\r\nab {1}\r\n"
    )
    assert said[1].startswith(b"b OK")
    assert said[2].startswith(b"c NO [LIMIT]")


def test_more_messages_than_may_be_saved_are_refused(mailroom: Mailroom) -> None:
    said = mailroom.talk(LOGIN + b"b APPEND Sent {1+}\r\na {1+}\r\nb {1+}\r\nc\r\n", message_limit=2)
    assert said[1].startswith(b"b NO [MESSAGELIMIT 2")
    assert [draft.discarded for draft in mailroom.intake.drafts] == [True, True]


def test_of_many_messages_most_are_kept_outside_memory(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append, "MAX_HELD", 5)
    mailroom.talk(LOGIN + b"b APPEND Sent {3+}\r\nabc {3+}\r\nabc {2+}\r\nab {9+}\r\nabcdefghi {9+}\r\nabcdefghi\r\n")
    assert [draft.aside for draft in mailroom.intake.drafts] == [False, True, False, True, False]


def test_a_no_discards_all_of_them(mailroom: Mailroom) -> None:
    mailroom.intake.commit_fault = TryLater("The disk failed")
    said = mailroom.talk(LOGIN + b"b APPEND Sent {1+}\r\na {1+}\r\nb\r\n")
    assert said[1:] == [b"b NO [UNAVAILABLE] The disk failed"]
    assert [draft.discarded for draft in mailroom.intake.drafts] == [True, True]


def test_one_that_breaks_off_discards_all_of_them(mailroom: Mailroom) -> None:
    mailroom.talk(LOGIN + b"b APPEND Sent {1+}\r\na {3+}\r\nb")
    assert [(draft.committed, draft.discarded) for draft in mailroom.intake.drafts] == [(False, True)] * 2


def test_a_message_of_too_many_parts_is_refused(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catenate, "MAX_PARTS", 2)
    url = b'URL "/INBOX/;UID=1"'
    said = mailroom.talk(LOGIN + b"b APPEND Sent CATENATE (%b %b %b)\r\n" % (url, url, url))
    assert said[1:] == [b"b NO [LIMIT] A message is made of no more than 2 parts"]


def test_a_message_named_again_and_again_is_read_once(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    content, read = mailroom.inbox.content, []

    async def counted(uid: int) -> Buffer:
        read.append(uid)
        return await content(uid)

    monkeypatch.setattr(mailroom.inbox, "content", counted)
    urls = b" ".join(b'URL "/INBOX/;UID=%d/;SECTION=%b"' % each for each in ((3, b"HEADER"), (3, b"1"), (1, b"TEXT")))
    assert mailroom.talk(LOGIN + b"b APPEND Sent CATENATE (%b)\r\n" % urls)[1].startswith(b"b OK")
    assert read == [3, 1]

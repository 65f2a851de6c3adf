"""Threads that were worked out once are said again, until there are others."""

from unittest.mock import patch

from aids.mailboxes import MemoryMailbox
from aids.mailroom import MESSAGES, Mailroom
from tayori.imap import forest

THREADS = [b"t%d UID THREAD REFS UTF-8 ALL" % number for number in (1, 2)]


def test_the_same_messages_are_threaded_once() -> None:
    mailroom = Mailroom()
    first = mailroom.inbox_talk(THREADS[0])[0]
    with patch.object(MemoryMailbox, "rows", side_effect=AssertionError):
        assert mailroom.inbox_talk(THREADS[1])[0] == first


def test_others_are_threaded_anew() -> None:
    mailroom = Mailroom()
    before = mailroom.inbox_talk(THREADS[0])[0]
    mailroom.inbox.add(b"Subject: new\r\n\r\n")
    assert mailroom.inbox_talk(THREADS[1])[0] == before + b"(%d)" % (len(MESSAGES) + 1)


def test_many_are_written_in_pieces() -> None:
    mailroom = Mailroom()
    whole = mailroom.inbox_talk(THREADS[0])[0]
    mailroom.inbox.arrangements.clear()
    with patch.object(forest, "WRITTEN", 1):
        assert mailroom.inbox_talk(THREADS[1])[0] == whole

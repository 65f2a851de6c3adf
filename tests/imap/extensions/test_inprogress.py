"""INPROGRESS in a conversation, with a mailbox that takes its time."""

import asyncio
from collections.abc import Sequence

import pytest

from aids.house import Walking
from aids.mailboxes import MemoryMailbox
from aids.mailroom import LOGIN, Mailroom
from aids.peer import ScriptedPeer
from tayori.errors import Gone
from tayori.model import Copied, MailboxName, Ranges, SearchKey


class Slow(MemoryMailbox):
    """Gives the loop back in the middle of its work."""

    async def search(self, key: SearchKey) -> list[int]:
        await asyncio.sleep(0)
        return await super().search(key)

    async def relevancy(self, key: SearchKey, uids: Sequence[int]) -> list[int]:
        await asyncio.sleep(0)
        return await super().relevancy(key, uids)

    async def copy(self, ranges: Ranges, target: MailboxName) -> Copied:
        await asyncio.sleep(0)
        return await super().copy(ranges, target)


def said(command: bytes, pace: float = 15.0) -> list[bytes]:
    """What is said of progress while the command runs."""
    room = Mailroom()
    room.inbox.__class__ = Slow
    peer = ScriptedPeer([LOGIN, b"b SELECT INBOX\r\n", command])
    session = room.session(peer)
    session.clock = Walking(pace)
    with pytest.raises(Gone):
        asyncio.run(session.run())
    return [line for line in bytes(peer.sent).split(b"\r\n") if b"[INPROGRESS" in line]


@pytest.mark.parametrize(
    "command", [b"SEARCH TEXT first", b"COPY 1:3 Trash", b"MOVE 1:3 Trash", b"UID SEARCH ALL", b"UID COPY 1 Trash"]
)
def test_who_waits_long_is_told(command: bytes) -> None:
    assert said(b"c " + command + b"\r\n") == [b'* OK [INPROGRESS ("c" NIL NIL)] Still at it']


def test_who_waits_for_scores_is_told_too() -> None:
    assert len(said(b"c SEARCH RETURN (RELEVANCY) FUZZY TEXT s\r\n")) == 2


def test_of_many_mailboxes_it_is_told_how_many_are_done() -> None:
    told = said(b"c ESEARCH IN (mailboxes (Drafts Sent Trash)) ALL\r\n", pace=5.0)
    assert told == [b'* OK [INPROGRESS ("c" %d 3)] Still at it' % done for done in (1, 2)]


def test_nothing_is_told_of_what_is_done_soon() -> None:
    assert said(b"c SEARCH TEXT first\r\n", pace=1.0) == []

"""ESEARCH over many mailboxes: what a talk cannot show."""

import asyncio

import pytest

from aids.mailboxes import MemoryMailbox
from aids.mailroom import ALICE, LOGIN, Mailroom
from aids.peer import ScriptedPeer
from tayori.errors import Gone
from tayori.model import MailboxName


class Leaving(MemoryMailbox):
    """Deleted as soon as somebody looks."""

    async def search(self, key: object) -> list[int]:
        await self.account.delete(self.name)
        self._check()
        return []


def test_a_mailbox_that_goes_meanwhile_is_left_out() -> None:
    room = Mailroom()
    room.mailbox("Trash").add(b"Subject: s\r\n\r\n")
    room.mailbox("Drafts").__class__ = Leaving
    said = room.talk(LOGIN + b"b ESEARCH IN (personal) RETURN (COUNT) ALL\r\n")[1:]
    assert [line.split(b'"')[3] for line in said[:-1]] == [b"INBOX", b"Trash"]
    assert said[-1] == b"b OK ESEARCH completed"


def test_others_get_a_turn_after_each_mailbox() -> None:
    room = Mailroom(messages=())
    for number in range(20):
        asyncio.run(room.accounts.of(ALICE).create(MailboxName(f"m{number}")))
        room.mailbox(f"m{number}").add(b"Subject: s\r\n\r\n")
    peer = ScriptedPeer([LOGIN, b"b ESEARCH IN (personal) ALL\r\n"])
    with pytest.raises(Gone):
        asyncio.run(room.session(peer).run())
    assert sum(packet.count(b"ESEARCH (TAG") == 1 for packet in peer.flushed) == 20

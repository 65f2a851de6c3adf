"""Who watches is told between commands, what cannot be told is told later, and nothing is left behind at the end."""

import asyncio
from collections.abc import Callable

import pytest

from aids.mailroom import ALICE, LOGIN, Mailroom
from aids.peer import ScriptedPeer
from aids.reader import Reader
from tayori.errors import Gone, InUse
from tayori.imap import watched
from tayori.model import AccountChanges, MailboxName

WATCH = "NOTIFY SET (SELECTED (MessageNew (UID) MessageExpunge)) (PERSONAL (MessageNew MessageExpunge MailboxName))"


@pytest.fixture
def mailroom() -> Mailroom:
    return Mailroom()


@pytest.fixture
def reader(mailroom: Mailroom) -> Reader:
    reader = Reader(mailroom)
    reader.command(f"LOGIN {ALICE} wonderland")
    return reader


def names(mailroom: Mailroom, count: int) -> None:
    """So many mailboxes are made."""
    account = mailroom.accounts.of(ALICE)
    for _ in range(count):
        asyncio.run(account.create(MailboxName(f"box {len(account.mailboxes)}")))


def heard(reader: Reader, happens: Callable[[], object]) -> list[bytes]:
    """What is told between two commands."""
    before = len(reader.responses)
    happens()
    reader.listen()
    return reader.responses[before:]


def test_an_account_of_too_many_mailboxes_is_not_watched(
    mailroom: Mailroom, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "MAX_WATCHED", 10)
    names(mailroom, 5)
    assert reader.command(WATCH).startswith("NO [NOTIFICATIONOVERFLOW]")
    assert heard(reader, lambda: names(mailroom, 1)) == []
    assert len(mailroom.accounts.of(ALICE)._wakes) == 0


def test_who_watches_is_told_once_when_the_mailboxes_become_too_many(
    mailroom: Mailroom, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "MAX_WATCHED", 8)
    reader.select()
    reader.command(WATCH)
    (told,) = heard(reader, lambda: names(mailroom, 3))
    assert told.startswith(b"* OK [NOTIFICATIONOVERFLOW]")
    assert heard(reader, lambda: mailroom.inbox.add(b"\r\n")) == []


def test_many_changes_are_told_in_slices(mailroom: Mailroom, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "AT_ONCE", 2)
    reader.command(WATCH)
    told = heard(reader, lambda: names(mailroom, 5))
    assert [line.split()[1] for line in told] == [b"LIST"] * 5 + [b"STATUS"] * 5


def test_what_cannot_be_read_now_is_told_with_the_next_change(
    mailroom: Mailroom, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.command(WATCH)
    account = mailroom.accounts.of(ALICE)

    async def busy(modseq: int) -> AccountChanges:
        raise InUse("Somebody holds it")

    with monkeypatch.context() as patch:
        patch.setattr(account, "changed_since", busy)
        assert heard(reader, lambda: mailroom.mailbox("Trash").add(b"\r\n")) == []
    told = heard(reader, lambda: mailroom.mailbox("Sent").add(b"\r\n"))
    assert [line.split()[2] for line in told] == [b'"Sent"', b'"Trash"']


def test_a_message_that_is_gone_before_it_is_fetched_is_left_out(mailroom: Mailroom, reader: Reader) -> None:
    reader.select()
    reader.command(WATCH.replace("(UID)", "(UID BODY.PEEK[TEXT])"))

    def comes_and_goes() -> None:
        mailroom.inbox.add(b"\r\n")
        asyncio.run(mailroom.inbox.remove([(4, 4)]))

    assert heard(reader, comes_and_goes) == []


def test_nobody_is_woken_for_who_has_left(mailroom: Mailroom) -> None:
    peer = ScriptedPeer([LOGIN + WATCH.encode() + b"\r\n"])
    with pytest.raises(Gone):
        asyncio.run(mailroom.session(peer).run())
    assert len(mailroom.accounts.of(ALICE)._wakes) == 0


def test_who_wants_nothing_follows_nothing(mailroom: Mailroom, reader: Reader) -> None:
    reader.command("NOTIFY NONE")
    assert len(mailroom.accounts.of(ALICE)._wakes) == 0


def test_one_watch_takes_the_place_of_another(mailroom: Mailroom, reader: Reader) -> None:
    for _ in range(3):
        reader.command(WATCH)
    assert len(mailroom.accounts.of(ALICE)._wakes) == 1


def test_what_happens_while_a_line_is_half_sent_is_told(mailroom: Mailroom, reader: Reader) -> None:
    reader.select()
    reader.command(WATCH)
    reader.peer.feed(b"x NO")
    told = heard(reader, lambda: mailroom.inbox.add(b"\r\n"))
    assert told[0] == b"* 4 EXISTS\r\n"

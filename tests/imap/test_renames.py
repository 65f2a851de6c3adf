"""Trees and INBOX are renamed, mailboxes are deleted while sessions have them open: in memory, and over a store."""

from collections.abc import Iterator

import pytest

from aids.mailroom import ALICE
from aids.reader import Reader
from aids.rooms import MemoryRoom, Room, StoreRoom

WATCH = (
    "NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange))"
    " (PERSONAL (MessageNew MessageExpunge MailboxName SubscriptionChange))"
)
LETTER = "{4+}\r\none\r"


@pytest.fixture(params=[MemoryRoom, StoreRoom])
def room(request: pytest.FixtureRequest) -> Iterator[Room]:
    room: Room = request.param()
    yield room
    room.close()


def logged_in(room: Room) -> Reader:
    reader = Reader(room)
    reader.command(f"LOGIN {ALICE} wonderland")
    return reader


def told(reader: Reader) -> list[bytes]:
    """What has come unasked since the last time, without names' attributes and MODSEQs."""
    before = len(reader.responses)
    reader.listen()
    return [response.rstrip() for response in reader.responses[before:]]


@pytest.fixture
def other(room: Room) -> Iterator[Reader]:
    """Who does it all."""
    reader = logged_in(room)
    for command in ("CREATE Work/Plans/Old", f"APPEND Work/Plans {LETTER}\n"):
        assert reader.command(command.rstrip("\n")).startswith("OK")
    yield reader
    reader.leave()


@pytest.fixture
def reader(room: Room, other: Reader) -> Iterator[Reader]:
    reader = logged_in(room)
    yield reader
    reader.leave()


def test_what_is_open_stays_open_under_another_name(reader: Reader, other: Reader) -> None:
    reader.select("Work/Plans")
    other.command("RENAME Work Play")
    other.command(f"APPEND Play/Plans {LETTER}")
    assert reader.command("NOOP").startswith("OK")
    assert len(reader.view) == 2
    assert reader.command("STORE 1:2 +FLAGS (\\Deleted)").startswith("OK")
    assert reader.command("EXPUNGE").startswith("OK")
    assert reader.view == []


def test_who_idles_in_a_renamed_mailbox_hears_what_comes_to_it(reader: Reader, other: Reader) -> None:
    reader.select("Work/Plans")
    reader.idle()
    other.command("RENAME Work/Plans Work/Done")
    other.command(f"APPEND Work/Done {LETTER}")
    reader.listen()
    assert len(reader.view) == 2


def test_renaming_inbox_empties_what_others_have_open(reader: Reader, other: Reader) -> None:
    reader.select()
    assert len(reader.view) == 3
    other.command("RENAME INBOX Taken")
    reader.command("NOOP")
    assert reader.view == []
    reader.select("Taken")
    assert len(reader.view) == 3


@pytest.mark.parametrize("gone", ["Work/Plans/Old", "Work/Plans", "Work"])
def test_a_deleted_mailbox_ends_who_has_it_open_and_nobody_else(reader: Reader, other: Reader, gone: str) -> None:
    reader.select("Work/Plans/Old")
    assert other.command(f"DELETE {gone}").startswith("OK")
    if gone == "Work/Plans/Old":
        with pytest.raises((StopIteration, AssertionError)):
            reader.command("NOOP")
        assert reader.peer.sent.endswith(b"* BYE The mailbox was deleted\r\n")
    else:
        assert reader.command("NOOP").startswith("OK")


def test_who_watches_is_told_of_a_renamed_tree_once_and_of_its_messages_by_the_new_name(
    reader: Reader, other: Reader
) -> None:
    reader.command(WATCH)
    other.command("RENAME Work Play")
    assert told(reader) == [b'* LIST (\\HasChildren) "/" "Play" ("OLDNAME" ("Work"))']
    other.command(f"APPEND Play/Plans {LETTER}")
    (status,) = told(reader)
    assert status.startswith(b'* STATUS "Play/Plans" (MESSAGES 2 UIDNEXT 3 ')


def test_who_watches_is_told_of_a_renamed_inbox(reader: Reader, other: Reader) -> None:
    reader.select()
    reader.command(WATCH)
    other.command("RENAME INBOX Taken")
    responses = told(reader)
    assert reader.view == []
    assert [response.split(b" (MESSAGES")[0] for response in responses] == [
        *[b"* 1 EXPUNGE"] * 3,
        b'* LIST (\\HasNoChildren) "/" "Taken"',
        b'* STATUS "Taken"',
    ]


def test_who_watches_is_told_of_deletions_and_of_what_stays_as_a_name(reader: Reader, other: Reader) -> None:
    reader.command(WATCH)
    other.command("DELETE Work/Plans")
    assert told(reader) == [
        b'* LIST (\\Noselect \\HasChildren) "/" "Work/Plans"',
        b'* LIST (\\HasChildren) "/" "Work"',
    ]
    other.command("DELETE Work/Plans/Old")
    assert b'* LIST (\\NonExistent \\HasNoChildren) "/" "Work/Plans/Old"' in told(reader)


def test_who_watches_is_told_of_subscriptions(reader: Reader, other: Reader) -> None:
    reader.command(WATCH)
    other.command("SUBSCRIBE Work")
    assert told(reader) == [b'* LIST (\\HasChildren \\Subscribed) "/" "Work"']
    other.command("SUBSCRIBE Work")
    assert told(reader) == []
    other.command("UNSUBSCRIBE Work")
    assert told(reader) == [b'* LIST (\\HasChildren) "/" "Work"']


def test_who_watches_hears_nothing_of_its_own_doing(reader: Reader, other: Reader) -> None:
    reader.command(WATCH)
    heard = len(reader.responses)
    for command in ("CREATE A/B", "SUBSCRIBE A", "RENAME A X/Y", f"APPEND Trash {LETTER}", "DELETE X/Y/B"):
        assert reader.command(command).startswith("OK")
    assert reader.responses[heard:] == []
    assert told(reader) == []

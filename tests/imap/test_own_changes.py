"""What a command has changed is read out of it and its response, and no more than that. RFC 5465 section 5."""

import pytest

from tayori.imap.engine import Command
from tayori.imap.notify_names import Own
from tayori.imap.own_changes import NOTHING, OwnChanges, Placed, own_changes
from tayori.model import MailboxName, Standing

KNOWN = Standing("id", 3, 10, 7, 0, 100)
SENT = MailboxName("Sent")


def changes(name: bytes, arguments: bytes, response: bytes = b"a OK done\r\n", placed: bytes = b"") -> OwnChanges:
    return own_changes(Command(b"a", name, arguments), response, placed, utf8=False)


@pytest.mark.parametrize(
    ("name", "arguments", "own"),
    [
        (b"CREATE", b" a/b/", Own(made=frozenset({"a", "a/b"}))),
        (b"CREATE", b" inbox/&U,BTFw- (USE (\\Archive))", Own(made=frozenset({"INBOX", "INBOX/台北"}))),
        (b"DELETE", b' "a"', Own(made=frozenset("a"), gone=frozenset("a"))),
        (b"RENAME", b" x {3}\r\na/b", Own(made=frozenset({"a", "a/b"}))),
        (b"SUBSCRIBE", b" a", Own(subscribed=frozenset("a"))),
        (b"UNSUBSCRIBE", b" a", Own(subscribed=frozenset("a"))),
        (b"NOOP", b"", Own()),
    ],
)
def test_names_are_the_commands(name: bytes, arguments: bytes, own: Own) -> None:
    assert changes(name, arguments) == OwnChanges(own)


@pytest.mark.parametrize(
    ("arguments", "noted"),
    [
        (b' "" (/private/Comment NIL)', {(None, "/private/comment")}),
        (b' inbox (/shared/a "x" /private/b ~{2}\r\na\0)', {("INBOX", "/shared/a"), ("INBOX", "/private/b")}),
    ],
)
def test_entries_are_the_commands(arguments: bytes, noted: set[tuple[str | None, str]]) -> None:
    assert changes(b"SETMETADATA", arguments).noted == noted


def test_what_was_told_untagged_counts_too() -> None:
    assert changes(b"MOVE", b" 1 a", placed=b"[COPYUID 7 1 10] Moved").placed == Placed(7, 10, 10)


def test_what_was_refused_has_changed_nothing() -> None:
    assert changes(b"CREATE", b" a", b"a NO [LIMIT] Too many\r\n") == NOTHING


@pytest.mark.parametrize(
    ("response", "placed"),
    [
        (b"a OK [APPENDUID 7 10] Appended\r\n", Placed(7, 10, 10)),
        (b"a OK [COPYUID 7 1,5:6 10:12] Copied\r\n", Placed(7, 10, 12)),
        (b"a OK [COPYUID 7 1:2 10,12] Copied\r\n", None),
        (b"a OK Appended\r\n", None),
    ],
)
def test_uids_in_a_row_are_known_from_the_response(response: bytes, placed: Placed | None) -> None:
    assert changes(b"APPEND", b" Sent", response).placed == placed


@pytest.mark.parametrize(
    ("now", "alone"),
    [
        (KNOWN._replace(messages=5, uid_next=12, unseen=2), True),
        (KNOWN._replace(messages=6, uid_next=13), False),
        (KNOWN._replace(messages=4, uid_next=12), False),
        (KNOWN._replace(messages=5, uid_next=12, uid_validity=8), False),
    ],
)
def test_a_mailbox_is_explained_by_what_was_put_there_alone(now: Standing, alone: bool) -> None:
    own = OwnChanges(placed=Placed(7, 10, 11))
    assert own.explain(SENT, KNOWN, now) == alone
    assert not own.explain(SENT, KNOWN._replace(uid_next=9), now)
    assert not NOTHING.explain(SENT, KNOWN, now)


def test_a_new_mailbox_is_explained_by_its_name() -> None:
    own = OwnChanges(Own(made=frozenset({SENT})))
    assert own.explain(SENT, None, KNOWN)
    assert not own.explain(MailboxName("Trash"), None, KNOWN)

"""UIDBATCHES over more messages than a talk would have."""

import pytest

from aids.mailroom import Mailroom

LETTER = b"Subject: s\r\n\r\n"


@pytest.fixture(scope="module")
def room() -> Mailroom:
    """1,200 messages, of which every third is gone, the oldest and the newest too: UIDs 2, 3, 5, … 1796, 1797, 1799."""
    room = Mailroom(messages=())
    for _ in range(1800):
        room.inbox.add(LETTER)
    for uid in [*range(1, 1801, 3), 1800]:
        del room.inbox.messages[uid]
    return room


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (b"500", b" 1799:1050,1049:300,299:1"),
        (b"1000", b" 1799:300,299:1"),
        (b"1199", b" 1799:1"),
        (b"1198", b" 1799:3,2:1"),
        (b"4294967295", b" 1799:1"),
        (b"500 1:1", b" 1799:1050"),
        (b"500 2:3", b" 1049:300,299:1"),
        (b"500 3:4294967295", b" 299:1"),
        (b"500 4:9", b""),
        (b"1 1200:1200", b""),
    ],
)
def test_the_newest_batch_comes_first_and_no_uid_is_left_out(room: Mailroom, asked: bytes, said: bytes) -> None:
    assert room.inbox_talk(b"A143 UIDBATCHES " + asked) == [
        b'* UIDBATCHES (TAG "A143")' + said,
        b"A143 OK UIDBATCHES completed",
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (b" 499", b"A1 NO [TOOFEW] A batch has at least 500 messages"),
        (b" 1 1199:1199", b"A1 NO [TOOFEW] A batch has at least 500 messages"),
        (b" 500 20:10", b"A1 BAD [CLIENTBUG] Batches are counted upwards"),
        (b"", b"A1 BAD Too few arguments"),
        (b" 0", b"A1 BAD A number from 1 to 4294967295 is expected"),
        (b" 500 10", b"A1 BAD ':' expected at position 7"),
        (b" 500 0:10", b"A1 BAD A number from 1 to 4294967295 is expected"),
        (b" 500 1:2 3", b"A1 BAD Too many arguments"),
    ],
)
def test_what_cannot_be_meant_is_refused(room: Mailroom, asked: bytes, said: bytes) -> None:
    assert room.inbox_talk(b"A1 UIDBATCHES" + asked) == [said]

"""What asks for as much as the grammar lets it: each is bounded, and has a clear answer."""

import asyncio
from collections.abc import Awaitable

import pytest

from aids.mailboxes import MemoryMailbox
from aids.mailroom import ALICE, LOGIN, Mailroom
from aids.peer import ScriptedPeer
from tayori.errors import Gone
from tayori.imap.list_options import MAX_PATTERNS
from tayori.imap.search_keys import MAX_KEYS, MAX_NESTING, MAX_TEXTS
from tayori.model import INBOX, Column, MailboxName, Ranges

FULL_LINE = 64_000  # octets of arguments, which nearly fill a line


def answer(command: bytes) -> bytes:
    """The tagged response; the session goes on behind it."""
    said = Mailroom().inbox_talk(b"t " + command, b"end NOOP")
    assert said[-1] == b"end OK NOOP completed"
    return next(line for line in said if line.startswith(b"t "))


def repeated(piece: bytes, last: bytes) -> bytes:
    """A list of pieces that nearly fills a line."""
    return piece * (FULL_LINE // len(piece)) + last


@pytest.mark.parametrize(
    "command",
    [
        b"SEARCH " + b"NOT " * (MAX_NESTING - 1) + b"ALL",
        b"SEARCH " + b"(" * (MAX_NESTING - 1) + b"ALL" + b")" * (MAX_NESTING - 1),
        b"SEARCH " + b"OR ALL " * (MAX_KEYS // 2 - 1) + b"ALL",
        b"SEARCH " + b"1 " * (MAX_KEYS - 1) + b"1",
        b"SEARCH " + b"SUBJECT a " * (MAX_TEXTS - 1) + b"TO a",
        b"SEARCH " + repeated(b"1,", b"1"),
        b"UID SEARCH UID " + repeated(b"1:4294967295,1:*,", b"1"),
        b"FETCH " + repeated(b"3:1,", b"1") + b" UID",
        b"UID FETCH " + repeated(b"4294967295:1,", b"*") + b" (UID)",
        b"FETCH 1 (" + b"UID " * 9_999 + b"UID)",
        b"FETCH 1 BODY.PEEK[HEADER.FIELDS (" + b" ".join(b"f%d" % number for number in range(9_000)) + b")]",
        b"FETCH 1 BODY.PEEK[" + b"1." * 99 + b"1]",
        b"STORE " + repeated(b"1,", b"1") + rb" +FLAGS (\Seen)",
        b"STATUS INBOX (" + b"UIDNEXT " * 7_000 + b"UIDNEXT)",
        b"ESEARCH IN (subtree (" + b" ".join(b"m%d" % number for number in range(9_000)) + b")) ALL",
        b'LIST "" (' + b" ".join(b"%%*%d" % number for number in range(MAX_PATTERNS)) + b")",
        b'LIST "" "' + b"*a%" * 333 + b'"',
        b"CREATE " + b"/".join([b"d"] * 32),
        b"CREATE " + b"n" * 1_000,
    ],
    ids=lambda command: command[:40],
)
def test_so_much_is_done(command: bytes) -> None:
    assert answer(command).startswith(b"t OK")


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (b"SEARCH " + b"NOT " * MAX_NESTING + b"ALL", b"NO [LIMIT] Keys are nested more than 64 deep"),
        (b"SEARCH " + b"(" * 30_000, b"NO [LIMIT] Keys are nested more than 64 deep"),
        (b"SEARCH " + b"OR 1 " * 10_000 + b"1", b"NO [LIMIT] More than 1000 keys"),
        (b"SEARCH " + b"FUZZY " * 5_000 + b"ALL", b"NO [LIMIT] Keys are nested more than 64 deep"),
        (b"SEARCH " + b"1 " * MAX_KEYS + b"1", b"NO [LIMIT] More than 1000 keys"),
        (b"SEARCH " + b"TEXT a " * MAX_TEXTS + b"BODY a", b"NO [LIMIT] More than 100 texts are looked for"),
        (b"SEARCH " + b"1," * 100_000 + b"1", b"BAD [TOOBIG] Line longer than 65536 octets"),
        (b"SEARCH RETURN (" + b"MIN " * 10_001 + b"MIN) ALL", b"BAD That list is too long"),
        (b"SORT (" + b"DATE " * 21 + b"DATE) UTF-8 ALL", b"BAD From one to 20 sort keys are expected"),
        (b"FETCH " + b"1," * 33_000 + b"1 UID", b"BAD [TOOBIG] Line longer than 65536 octets"),
        (b"FETCH 1 (" + b"UID " * 10_001 + b"UID)", b"BAD That list is too long"),
        (b"FETCH 1 (" + b"BODY.PEEK[1] " * 4_000 + b"UID)", b"NO [LIMIT] Too many items"),
        (b"FETCH 1 BODY[" + b"1." * 30_000 + b"1]", b"BAD There is no such section"),
        (b"STORE 1 +FLAGS (" + b" ".join(b"k%d" % n for n in range(9_000)) + b")", b"NO [LIMIT] No more keywords"),
        (b'LIST "" (' + b"% " * MAX_PATTERNS + b"%)", b"NO [LIMIT] More than 100 patterns"),
        (b"CREATE " + b"/".join([b"d"] * 33), b"NO [CANNOT] That is no mailbox name"),
        (b"CREATE " + b"n" * 1_001, b"NO [CANNOT] That mailbox name is too long"),
        (b"RENAME Sent " + b"/".join([b"d"] * 33), b"NO [CANNOT] That is no mailbox name"),
        (b"SELECT " + b"&" * 900, b"NO [CANNOT] That mailbox name is not modified UTF-7"),
    ],
    ids=lambda command: command[:40],
)
def test_more_is_refused_and_why_is_told(command: bytes, refusal: bytes) -> None:
    assert answer(command) == b"t " + refusal


def test_modseq_is_told_once_however_often_it_is_asked() -> None:
    (found,) = [
        line for line in Mailroom().inbox_talk(b"a SEARCH " + b"MODSEQ 1 " * 900 + b"ALL") if b"SEARCH 1" in line
    ]
    assert (found.count(b"MODSEQ"), found[:16]) == (1, b"* SEARCH 1 2 3 (")


# ---- others get their turn


class Counting(ScriptedPeer):
    """Counts how often the loop was given back."""

    turns = 0

    async def room(self) -> None:
        self.turns += 1
        await super().room()


def turns(room: Mailroom, command: bytes) -> int:
    peer = Counting([LOGIN + b"s SELECT INBOX\r\n", b"t " + command + b"\r\n"])
    with pytest.raises(Gone):
        asyncio.run(room.session(peer).run())
    assert b"\r\nt OK" in peer.sent
    return peer.turns


def test_a_list_by_many_patterns_gives_the_loop_back() -> None:
    room = Mailroom()
    for number in range(100):
        made(room.accounts.of(ALICE).create(MailboxName(f"m{number}")))
    patterns = b" ".join(b"*%d" % number for number in range(MAX_PATTERNS))
    assert turns(room, b'LIST "" (' + patterns + b")") >= 100 * MAX_PATTERNS // 1000


def test_an_esearch_over_many_mailboxes_gives_the_loop_back_at_each() -> None:
    room = Mailroom()
    for number in range(2_000):
        made(room.accounts.of(ALICE).create(MailboxName(f"m{number}")))
    assert turns(room, b"ESEARCH IN (personal) RETURN (COUNT) ALL") >= 2_000


class Large(MemoryMailbox):
    """So many messages, of which only columns are known; most asked for at once is noted."""

    asked = 0

    async def rows(self, ranges: Ranges, columns: tuple[object, ...]) -> list[tuple[int | bytes | str, ...]]:
        uids = [uid for first, last in ranges for uid in range(first, last + 1)]
        Large.asked = max(Large.asked, len(uids))
        return [(uid, *(_value(uid, column) for column in columns)) for uid in uids]


def _value(uid: int, column: object) -> int | bytes | str:
    if column in (Column.MESSAGE_ID, Column.REFERENCES):
        return b"<%d@x>" % (uid if column is Column.MESSAGE_ID else uid // 2)
    return str(uid % 99) if column is Column.SUBJECT else uid % 1_000


def large_room() -> Mailroom:
    room = Mailroom(messages=())
    room.inbox.__class__ = Large
    Large.asked = 0
    for _ in range(10_000):
        room.inbox.add(b"")
    return room


@pytest.mark.parametrize("criteria", [b"SUBJECT", b"REVERSE SIZE SUBJECT", b"REVERSE SUBJECT ARRIVAL"])
def test_a_sort_of_many_gives_the_loop_back_after_each_slice(criteria: bytes) -> None:
    assert turns(large_room(), b"UID SORT RETURN (COUNT) (%b) UTF-8 ALL" % criteria) >= 20
    assert Large.asked <= 500


@pytest.mark.parametrize("algorithm", [b"REFERENCES", b"REFS", b"ORDEREDSUBJECT"])
def test_threads_of_many_give_the_loop_back_after_each_slice(algorithm: bytes) -> None:
    assert turns(large_room(), b"UID THREAD %b UTF-8 ALL" % algorithm) >= 20
    assert Large.asked <= 500


# ---- names that look alike. RFC 5198 section 3 (Net-Unicode is NFC), RFC 9051 section 5.1

COMPOSED, DECOMPOSED = b"B&APw-cher", b"Bu&Awg-cher"  # as a keyboard gives it, and as macOS once did


def made(work: Awaitable[object]) -> None:
    """Done, as nothing here waits."""
    with pytest.raises(StopIteration):
        work.__await__().send(None)


def test_a_name_composed_and_decomposed_is_one_mailbox() -> None:
    said = Mailroom().inbox_talk(
        b"a CREATE " + DECOMPOSED,
        b"b CREATE " + COMPOSED,
        b"c STATUS " + COMPOSED + b" (MESSAGES)",
        b"d DELETE " + DECOMPOSED,
        b"e EXAMINE " + COMPOSED,
    )
    assert [line for line in said[1:] if b"CLOSED" not in line] == [
        b"b NO [ALREADYEXISTS] That mailbox is there already",
        b'* STATUS "B&APw-cher" (MESSAGES 0)',
        b"c OK STATUS completed",
        b"d OK DELETE completed",
        b"e NO [NONEXISTENT] No such mailbox",
    ]


def test_a_decomposed_pattern_finds_the_composed_name() -> None:
    said = Mailroom().inbox_talk(b"a CREATE " + COMPOSED, b'b LIST "" ' + DECOMPOSED[:-2] + b"%")
    assert said[1].endswith(b'"/" "B&APw-cher"')


def test_inbox_is_not_to_be_had_by_letters_that_only_look_like_it() -> None:
    """Full-width letters are others in NFC: such a name is a mailbox of its own."""
    room = Mailroom()
    room.inbox_talk(b"a CREATE &,yn,Lv8i,y,,OA-")
    assert [name for name in room.accounts.of(ALICE).mailboxes if name != INBOX and "\uff22" in name]

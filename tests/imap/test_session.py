"""What a session keeps whatever its peer does."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from aids.intake import MemoryDraft
from aids.mailroom import ALICE, LOGIN, Mailroom
from aids.peer import ScriptedPeer
from aids.reader import Reader, WaitingPeer
from tayori.errors import Gone, InUse, OverQuota, TryLater, WrongState
from tayori.imap.session import FAIR_SLICE, Session
from tayori.model import Buffer, Changes, FlagChange, MailboxName, Placement, Ranges, Receipt, Snapshot, Stored


@pytest.fixture
def mailroom() -> Mailroom:
    return Mailroom()


def test_silence_is_borne_longer_after_login(mailroom: Mailroom) -> None:
    session = mailroom.session(ScriptedPeer([LOGIN]), login_timeout=60.0, idle=1800.0)
    before = session.timeout
    with pytest.raises(Gone):
        asyncio.run(session.run())
    assert (before, session.timeout) == (60.0, 1800.0)


def test_the_last_words_are_the_sessions(mailroom: Mailroom) -> None:
    session = mailroom.session(ScriptedPeer())
    assert session.farewell("timeout").startswith(b"* BYE ")
    assert session.farewell("unheard of") == b""


def test_nothing_is_given_to_who_has_not_asked_for_it(mailroom: Mailroom) -> None:
    session = mailroom.session(ScriptedPeer())
    with pytest.raises(WrongState):
        session.selected()
    with pytest.raises(WrongState):
        session.account_mail()


def test_pipelined_commands_are_answered_in_one_packet(mailroom: Mailroom) -> None:
    peer = ScriptedPeer([b"a NOOP\r\nb NOOP\r\n"])
    with pytest.raises(Gone):
        asyncio.run(mailroom.session(peer).run())
    assert peer.flushed[1] == b"a OK NOOP completed\r\nb OK NOOP completed\r\n"


def test_others_get_a_turn_among_many_commands(mailroom: Mailroom) -> None:
    peer = ScriptedPeer([b"a NOOP\r\n" * (2 * FAIR_SLICE)])
    with pytest.raises(Gone):
        asyncio.run(mailroom.session(peer).run())
    assert len(peer.flushed) == 3  # the greeting, and a packet a slice


def test_what_comes_before_tls_is_not_heard_after_it(mailroom: Mailroom) -> None:
    assert mailroom.talk(b"a STARTTLS\r\nb NOOP\r\n") == [b"a OK Begin TLS negotiation now"]


def test_a_log_in_that_finds_no_mail_leaves_nobody_logged_in(mailroom: Mailroom) -> None:
    async def fails(account: str) -> None:
        raise TryLater("The disk failed")

    mailroom.accounts.mailboxes = fails  # type: ignore[method-assign, assignment]
    assert mailroom.talk(LOGIN + b"b NAMESPACE\r\n") == [b"a NO [UNAVAILABLE] The disk failed", b"b BAD Log in first"]


# ---- APPEND


def appended(mailroom: Mailroom, rest: bytes) -> list[bytes]:
    return mailroom.talk(LOGIN + b"b APPEND Sent {9+}\r\n" + rest)[1:]


def drafts(mailroom: Mailroom) -> list[MemoryDraft]:
    return mailroom.intake.drafts


def test_a_message_that_breaks_off_is_discarded(mailroom: Mailroom) -> None:
    appended(mailroom, b"A: b")
    assert [(draft.committed, draft.discarded) for draft in drafts(mailroom)] == [(False, True)]


def test_a_message_with_nul_is_discarded(mailroom: Mailroom) -> None:
    assert appended(mailroom, b"A: b\0\r\n\r\n\r\nc NOOP\r\n") == [
        b"b NO [UNKNOWN-CTE] A message with NUL cannot be kept",
        b"c OK NOOP completed",
    ]
    assert [(draft.committed, draft.discarded) for draft in drafts(mailroom)] == [(False, True)]


def test_a_message_that_finds_no_room_half_way_is_passed_over(mailroom: Mailroom) -> None:
    mailroom.intake.full_at, mailroom.intake.fault = 3, OverQuota("No room")
    assert appended(mailroom, b"A: b\r\n\r\nc\r\nd NOOP\r\n") == [b"b NO [OVERQUOTA] No room", b"d OK NOOP completed"]


def test_a_message_that_cannot_be_kept_is_refused(mailroom: Mailroom) -> None:
    mailroom.intake.commit_fault = TryLater("The disk failed")
    assert appended(mailroom, b"A: b\r\n\r\nc\r\n") == [b"b NO [UNAVAILABLE] The disk failed"]


def test_a_message_that_came_to_lie_elsewhere_has_no_uid_there(mailroom: Mailroom) -> None:
    async def elsewhere(draft: MemoryDraft) -> Receipt:
        return Receipt("m1", [Placement(ALICE, MailboxName("INBOX"), 1, 9)])

    mailroom.intake.keep = elsewhere  # type: ignore[method-assign]
    assert appended(mailroom, b"A: b\r\n\r\nc\r\n") == [b"b OK Kept, but not in that mailbox: it is gone"]


# ---- FETCH


LARGE = b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 40_000


@pytest.mark.parametrize("lf", [True, False])
@pytest.mark.parametrize(
    ("partial", "start", "stop"), [(b"", 0, len(LARGE)), (b"<100000.70000>", 100_000, 170_000), (b"<9999999.5>", 0, 0)]
)
def test_a_large_message_is_sent_in_pieces(lf: bool, partial: bytes, start: int, stop: int) -> None:
    mailroom = Mailroom(messages=[LARGE if lf else LARGE + b"\n"])
    lines = b"\r\n".join(mailroom.inbox_talk(b"f FETCH 1 (UID BODY.PEEK[]%b RFC822.HEADER)" % partial))
    whole = mailroom.messages[0]
    expected = whole[start:stop] if partial else whole
    assert b"{%d}\r\n%b RFC822.HEADER {18}\r\n" % (len(expected), expected) in lines


def test_a_large_section_stands_between_small_ones() -> None:
    mailroom = Mailroom(messages=[LARGE])
    lines = mailroom.inbox_talk(b"f FETCH 1 (BODY.PEEK[HEADER] BODY.PEEK[TEXT] RFC822.SIZE BODY.PEEK[9])")
    assert lines[0] == b"* 1 FETCH (RFC822.SIZE 720018 BODY[HEADER] {18}"
    assert lines[3] == b" BODY[TEXT] {720000}"
    assert lines[-2:] == [b" BODY[9] NIL)", b"f OK FETCH completed"]


def test_sending_a_large_message_waits_for_the_peer() -> None:
    mailroom = Mailroom(messages=[LARGE])
    peer = ScriptedPeer([LOGIN, b"s SELECT INBOX\r\n", b"f FETCH 1 BODY.PEEK[]\r\n"])
    with pytest.raises(Gone):
        asyncio.run(mailroom.session(peer).run())
    assert max(map(len, peer.flushed)) < 200_000


def test_sending_many_messages_waits_for_the_peer() -> None:
    mailroom = Mailroom(messages=[b"Subject: x\r\n\r\n" + b"y" * 10_000] * 30)
    peer = ScriptedPeer([LOGIN, b"s SELECT INBOX\r\n", b"f FETCH 1:* BODY.PEEK[]\r\n"])
    with pytest.raises(Gone):
        asyncio.run(mailroom.session(peer).run())
    assert max(map(len, peer.flushed)) < 80_000


def test_a_whole_message_too_large_for_one_step_stands_in_its_place() -> None:
    mailroom = Mailroom(messages=[b"Subject: 1\r\n\r\n", LARGE, b"Subject: 3\r\n\r\n"])
    lines = mailroom.inbox_talk(b"f FETCH 1:3 BODY.PEEK[]")
    assert [line for line in lines if line.startswith(b"* ")] == [
        b"* 1 FETCH (BODY[] {14}", b"* 2 FETCH (BODY[] {720018}", b"* 3 FETCH (BODY[] {14}",
    ]  # fmt: skip


@pytest.mark.parametrize("item", ["BODY[]", "BODY[TEXT]", "BODY[HEADER.FIELDS (X)]", "BODY[1]"])
@pytest.mark.parametrize("size", [1, 200_000])
def test_a_nul_is_not_sent_in_a_literal(item: str, size: int) -> None:
    """It came by BDAT as BINARYMIME, or in another server's file. RFC 3501 section 9, CHAR8."""
    mailroom = Mailroom(messages=[b"X: a\0b\r\n\r\n\0" + b"y" * size])
    answer = b"\n".join(mailroom.inbox_talk(b"f FETCH 1 " + item.encode()))
    assert b"\0" not in answer
    assert b"\x80" in answer


def test_a_message_gone_before_it_is_read_is_left_out(mailroom: Mailroom) -> None:
    whole = mailroom.inbox.contents

    async def contents(uids: Sequence[int]) -> list[Buffer | None]:
        await mailroom.inbox.remove([(2, 2)])
        return await whole(uids)

    mailroom.inbox.contents = contents  # type: ignore[method-assign]
    lines = mailroom.inbox_talk(b"f FETCH 1:3 BODY.PEEK[1]")
    assert [line for line in lines if line.startswith(b"* ")] == [b"* 1 FETCH (BODY[1] {12}", b"* 3 FETCH (BODY[1] {8}"]
    assert lines[-1] == b"f NO [EXPUNGEISSUED] Some of these messages are gone"


def test_rows_gone_before_they_are_read_are_left_out(mailroom: Mailroom) -> None:
    latest = mailroom.inbox.advance

    async def advance(told: Snapshot) -> Changes:
        changes = await latest(told)
        await mailroom.inbox.remove([(1, 1)])
        return changes

    mailroom.inbox.advance = advance  # type: ignore[method-assign]
    lines = mailroom.inbox_talk(b"f FETCH 1:3 (UID RFC822.SIZE)")
    assert lines == [
        b"* 2 FETCH (UID 2 RFC822.SIZE 73)",
        b"* 3 FETCH (UID 3 RFC822.SIZE 230)",
        b"f NO [EXPUNGEISSUED] Some of these messages are gone",
    ]


def test_all_rows_may_be_gone(mailroom: Mailroom) -> None:
    async def rows(ranges: Ranges, columns: object) -> list[object]:
        return []

    mailroom.inbox.rows = rows  # type: ignore[method-assign, assignment]
    assert mailroom.inbox_talk(b"f UID FETCH 1:3 ENVELOPE") == [b"f OK UID FETCH completed"]


def test_every_message_is_gone_from_the_view(mailroom: Mailroom) -> None:
    reader = Reader(mailroom)
    reader.command("LOGIN alice@example.org wonderland")
    reader.select()
    asyncio.run(mailroom.inbox.remove([(1, 3)]))
    assert reader.command("FETCH 1:3 (UID RFC822.SIZE)").startswith("NO [EXPUNGEISSUED]")


def test_a_store_that_is_too_busy_to_mark_as_seen_is_told(mailroom: Mailroom) -> None:
    async def busy(
        ranges: Ranges, change: FlagChange, flags: tuple[str, ...], unchanged_since: int | None = None
    ) -> Stored:
        raise InUse("Too busy")

    mailroom.inbox.store = busy  # type: ignore[method-assign]
    assert mailroom.inbox_talk(b"f FETCH 1 BODY[TEXT]") == [b"f NO [INUSE] Too busy"]


# ---- IDLE


@pytest.fixture
def idling(mailroom: Mailroom) -> Iterator[Reader]:
    reader = Reader(mailroom)
    reader.command("LOGIN alice@example.org wonderland")
    reader.select()
    reader.idle()
    yield reader
    reader.running.close()


def test_idle_ends_its_following(mailroom: Mailroom, idling: Reader) -> None:
    following = mailroom.accounts.of(ALICE)._wakes
    assert len(following) == 1
    idling.done()
    assert following == []


def test_a_connection_that_is_cut_in_idle_ends_its_following(mailroom: Mailroom, idling: Reader) -> None:
    idling.running.close()
    assert mailroom.accounts.of(ALICE)._wakes == []


def test_what_is_deleted_elsewhere_is_told_at_once(mailroom: Mailroom, idling: Reader) -> None:
    asyncio.run(mailroom.inbox.remove([(2, 2)]))
    idling.listen()
    assert [seen.uid for seen in idling.view] == [1, 3]


def test_a_session_in_idle_ends_with_its_mailbox(mailroom: Mailroom) -> None:
    peer = WaitingPeer([LOGIN + b"s SELECT Trash\r\ni IDLE\r\n"])
    session: Session = mailroom.session(peer)
    running = session.run()
    running.send(None)
    asyncio.run(mailroom.accounts.of(ALICE).delete(MailboxName("Trash")))
    with pytest.raises(StopIteration):
        running.send(None)
    assert bytes(peer.sent).endswith(b"* BYE The mailbox was deleted\r\n")


def test_no_answer_is_compressed_together_with_the_one_before() -> None:
    peer = ScriptedPeer([LOGIN, b"b NOOP\r\nc NOOP\r\n"])
    with pytest.raises(Gone):
        asyncio.run(Mailroom().session(peer).run())
    ends = [peer.sent.index(b"\r\n", peer.sent.index(tag)) + 2 for tag in (b"a OK", b"b OK", b"c OK")]
    assert peer.separations == ends

"""A message on its way in: what is put in front of it, in which form it is kept, who hears what."""

import asyncio
from pathlib import Path

import pytest

from aids.applier import MemoryApplier
from aids.clock import StandingClock
from aids.way_in import (
    ALICE,
    BOB,
    MESSAGE,
    SUBMITTED,
    append,
    body,
    deliver,
    draft,
    envelope,
    large,
    new_spool,
    opened,
    spooled,
)
from tayori.delivery import decide
from tayori.errors import MailLoop, NoSpace, NoSuchMailbox, OverQuota, RelayDenied, ShuttingDown, TooLarge
from tayori.model import INBOX, Address, Discard, Placement
from tayori.spool import Spool
from tayori.spool.record import PAGE

TRACE = (
    b"Return-Path: <carol@example.net>\r\nDelivered-To: alice@example.org\r\n"
    b"Received: from mx.example.net ([192.0.2.1])\r\n\tby mail.example.org with ESMTP id "
)


@spooled
async def test_a_message_lies_where_its_receipt_says(spool: Spool, applier: MemoryApplier) -> None:
    receipt = await deliver(spool)
    assert receipt.placements == [Placement(ALICE, INBOX, 7, 1)]
    assert list(applier.state.messages) == receipt.placements


@spooled
async def test_the_trace_fields_stand_in_front_and_the_rest_is_as_sent(spool: Spool, applier: MemoryApplier) -> None:
    receipt = await deliver(spool)
    (content,) = applier.contents()
    assert content.startswith(TRACE + receipt.id.encode())
    assert content.endswith(MESSAGE)


@spooled
async def test_a_text_without_a_header_is_all_body(spool: Spool, applier: MemoryApplier) -> None:
    await deliver(spool, b"Meet me at noon\r\n")
    (content,) = applier.contents()
    assert body(content) == b"Meet me at noon\r\n"


@spooled
async def test_each_recipient_has_its_own_delivered_to(spool: Spool, applier: MemoryApplier) -> None:
    receipt = await deliver(spool, MESSAGE, "both@example.org", "bob+x@example.org")
    assert {placement.account for placement in receipt.placements} == {ALICE, BOB}
    fields = [content.split(b"\r\n")[1] for content in applier.contents()]
    assert fields == [b"Delivered-To: alice@example.org", b"Delivered-To: bob@example.org"]


@spooled
async def test_sizes_are_those_of_the_whole_message(spool: Spool, applier: MemoryApplier) -> None:
    await deliver(spool, MESSAGE, ALICE, BOB)
    for arrival, content in zip(applier.arrivals, applier.contents(), strict=True):
        assert arrival.digest.wire_size == len(content)
        assert arrival.digest.header_size == arrival.content.index(b"\n\n") + 2
        assert arrival.content[arrival.digest.header_size :] == b"A letter.\n"


@spooled
async def test_only_a_message_with_crlf_throughout_is_kept_with_lf(spool: Spool, applier: MemoryApplier) -> None:
    for text in (b"one\r\ntwo", b"one\ntwo\r\n", b"one\rtwo\r\n", b"one\r\r\n"):
        await append(spool, b"A: b\r\n\r\n" + text)
    assert [arrival.lf for arrival in applier.arrivals] == [True, False, False, False]
    assert [body(content) for content in applier.contents()][1:] == [b"one\ntwo\r\n", b"one\rtwo\r\n", b"one\r\r\n"]


@spooled
async def test_an_appended_message_is_kept_as_it_comes(spool: Spool, applier: MemoryApplier) -> None:
    await append(spool, MESSAGE, "Drafts", ("\\Draft", "$Later"))
    (arrival,) = applier.arrivals
    assert applier.contents() == [MESSAGE]
    assert (arrival.flags, arrival.received, arrival.zone) == (("\\Draft", "$Later"), 1_700_000_000, 60)


@spooled
async def test_an_append_is_refused_where_the_mailbox_went_meanwhile(spool: Spool, applier: MemoryApplier) -> None:
    applier.gone = {"Work"}  # type: ignore[arg-type]
    with pytest.raises(NoSuchMailbox):
        await append(spool, MESSAGE, "Work")
    assert applier.contents() == []


@spooled
async def test_a_submission_gets_what_its_author_left_out(spool: Spool, applier: MemoryApplier) -> None:
    receipt = await deliver(spool, b"Subject: x\r\nBcc: secret@example.net\r\n\r\nx\r\n", origin=SUBMITTED)
    (content,) = applier.contents()
    assert b"\r\nMessage-ID: <" + receipt.id.encode() + b"@mail.example.org>\r\nDate: " in content
    assert b"secret" not in content


@spooled
async def test_a_message_that_has_been_here_is_refused(spool: Spool, applier: MemoryApplier) -> None:
    with pytest.raises(MailLoop):
        await deliver(spool, b"Delivered-To: alice@example.org\r\n" + MESSAGE)
    assert applier.batches == []


@spooled
async def test_an_account_that_went_meanwhile_is_told(spool: Spool, applier: MemoryApplier) -> None:
    made = await draft(spool, [MESSAGE], "nobody@example.org")
    with pytest.raises(NoSuchMailbox):
        await made.commit()


@spooled
async def test_recipients_are_decided_and_asked_for_room(spool: Spool, applier: MemoryApplier) -> None:
    (action,) = await spool.recipient(Address("alice", "example.org"), SUBMITTED)
    assert action == (ALICE, INBOX, "alice@example.org", ())
    with pytest.raises(RelayDenied):
        await spool.recipient(Address("x", "example.net"), SUBMITTED)
    applier.room_fault = OverQuota("full")
    with pytest.raises(OverQuota):
        await spool.recipient(Address("alice", "example.org"), SUBMITTED)


@spooled
async def test_a_message_over_the_limit_is_refused_while_it_comes(spool: Spool, applier: MemoryApplier) -> None:
    made = await draft(spool, [], ALICE)
    with pytest.raises(TooLarge):
        await made.write(bytes(spool.settings.message + 1))
    made.discard()


@spooled
async def test_a_discarded_draft_leaves_nothing(spool: Spool, applier: MemoryApplier) -> None:
    made = await draft(spool, [MESSAGE], ALICE)
    made.discard()
    made.discard()
    assert (applier.contents(), spool.room.promised) == ([], 0)


@pytest.mark.parametrize("content", [MESSAGE, large()])
def test_what_all_recipients_throw_away_is_accepted_and_kept_nowhere(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def discards(*_: object) -> list[Discard]:
        return [Discard("a rule")]

    async def life() -> None:
        applier = MemoryApplier()
        async with opened(tmp_path, applier) as spool:
            assert (await deliver(spool, content)).placements == []
        assert applier.batches == []

    monkeypatch.setattr(decide, "plan", discards)
    asyncio.run(life())
    assert not list((tmp_path / "spool" / "large").iterdir())


@spooled
async def test_ids_are_short_and_never_the_same(spool: Spool, applier: MemoryApplier) -> None:
    ids = [(await deliver(spool)).id for _ in range(5)]
    assert len(set(ids)) == 5
    assert all(set(each) <= set("0123456789abcdefghijklmnopqrstuvwxyz-") and len(each) < 20 for each in ids)


def test_ids_and_positions_go_on_after_a_restart_even_when_the_clock_is_put_back(tmp_path: Path) -> None:
    async def life(applier: MemoryApplier, time: float) -> str:
        spool = new_spool(tmp_path, applier)
        spool.clock = StandingClock(time)
        await spool.start()
        receipt = await deliver(spool)
        await spool.drain()
        return receipt.id

    applier = MemoryApplier()
    ids = [asyncio.run(life(applier, time)) for time in (1_800_000_000.0, 1_700_000_000.0)]
    first, second = (arrival.position.sequence for arrival in applier.arrivals)
    assert first < second
    assert len(set(ids)) == 2


def test_an_orderly_end_leaves_an_empty_log(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, MemoryApplier()) as spool:
            await asyncio.gather(*(deliver(spool) for _ in range(20)))

    asyncio.run(life())
    files = list((tmp_path / "spool" / "w0").glob("*"))
    assert all(file.read_bytes()[PAGE : 2 * PAGE] for file in files)
    assert not list((tmp_path / "spool" / "large").iterdir())


def test_after_the_end_nothing_is_promised(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, MemoryApplier()) as spool:
            late = await draft(spool, [MESSAGE], ALICE)
            late_and_large = await draft(spool, [MESSAGE, bytes(300_000)], ALICE)
        for each in (late, late_and_large):
            with pytest.raises(ShuttingDown):
                await each.commit()

    asyncio.run(life())
    assert not list((tmp_path / "spool" / "large").iterdir())


def test_without_room_nothing_is_promised(tmp_path: Path) -> None:
    async def life() -> None:
        async with opened(tmp_path, MemoryApplier(), reserve=2**60) as spool:
            with pytest.raises(NoSpace):
                await spool.message(envelope(ALICE), SUBMITTED, 0)

    asyncio.run(life())

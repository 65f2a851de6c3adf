"""Large messages stream: bounded memory, nothing left behind, the same octets back."""

import asyncio
import gc
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aids.applier import MemoryApplier
from aids.wait import until
from aids.way_in import ALICE, SUBMITTED, append, body, deliver, draft, large, new_spool, opened, spooled
from tayori.errors import MailLoop, NoSpace, OverQuota
from tayori.model import INBOX, Account, Arrival, Placement, Store
from tayori.spool import Spool, form
from tayori.spool.large import LARGE, LineEnds, finished, remove
from tayori.spool.notes import Message


def left(spool: Spool) -> list[str]:
    return [path.name for path in (spool._large).iterdir()]


@spooled
async def test_a_large_message_is_kept_as_sent_for_each_recipient(spool: Spool, applier: MemoryApplier) -> None:
    content = large()
    await deliver(spool, content, "both@example.org")
    assert [body(each) for each in applier.contents()] == [body(content)] * 2
    assert [arrival.lf for arrival in applier.arrivals] == [True, True]
    fields = [each.split(b"\r\n")[1] for each in applier.contents()]
    assert fields == [b"Delivered-To: alice@example.org", b"Delivered-To: bob@example.org"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n\r", b"\r\r\n"])
def test_a_large_message_with_other_line_ends_is_kept_to_the_octet(tmp_path: Path, end: bytes) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        async with opened(tmp_path, applier) as spool:
            await append(spool, large(end=end))
        assert applier.contents() == [large(end=end)]
        assert not applier.arrivals[0].lf

    asyncio.run(life())


@spooled
async def test_its_sizes_are_those_of_the_whole_message(spool: Spool, applier: MemoryApplier) -> None:
    await deliver(spool, large(), "both@example.org")
    for arrival, content in zip(applier.arrivals, applier.contents(), strict=True):
        assert arrival.digest.wire_size == len(content)
        assert content[arrival.digest.header_size + content[:1000].split(b"\r\n\r\n")[0].count(b"\r\n") + 2 :] == body(
            content
        )


@spooled
async def test_its_file_stays_until_it_is_settled(spool: Spool, applier: MemoryApplier) -> None:
    receipt = await deliver(spool, large())
    await spool.in_turn(lambda: None)
    assert left(spool) == [receipt.id]
    await spool._settling.settle()
    await until(lambda: left(spool) == [])


@spooled
async def test_a_discarded_draft_leaves_no_file(spool: Spool, applier: MemoryApplier) -> None:
    made = await draft(spool, [large()], ALICE)
    assert left(spool)
    made.discard()
    await spool.in_turn(lambda: None)
    assert left(spool) == []


@spooled
async def test_a_refused_message_leaves_no_file(spool: Spool, applier: MemoryApplier) -> None:
    applier.refuse[ALICE] = OverQuota("full")
    with pytest.raises(OverQuota):
        await deliver(spool, large())
    await spool.in_turn(lambda: None)
    assert left(spool) == []


@spooled
async def test_a_loop_is_found_before_a_file_is_made(spool: Spool, applier: MemoryApplier) -> None:
    with pytest.raises(MailLoop):
        await draft(spool, [b"Delivered-To: alice@example.org\r\n" + large()], ALICE)
    assert left(spool) == []


@spooled
async def test_a_large_submission_gets_its_missing_fields(spool: Spool, applier: MemoryApplier) -> None:
    await deliver(spool, large(), origin=SUBMITTED)
    assert b"\r\nMessage-ID: <" in applier.contents()[0][:1000]


def test_a_message_that_was_not_declared_is_stopped_where_the_room_ends(tmp_path: Path) -> None:
    async def life() -> None:
        left = os.statvfs(tmp_path)
        spool = new_spool(tmp_path, MemoryApplier(), left.f_bavail * left.f_frsize - 2**28)
        await spool.start()
        made = await draft(spool, [], ALICE)
        made.size = 2**40
        with pytest.raises(NoSpace):
            await made._spill()
        made.discard()
        await spool.drain()

    asyncio.run(life())


class Unread(MemoryApplier):
    """Looks at no content."""

    def _place(self, arrival: Arrival, seen: object) -> Placement:
        assert not arrival.content
        return self._placement(arrival, arrival.mailbox)


def test_memory_is_bounded_whatever_the_size(tmp_path: Path) -> None:
    chunk = large(64_000)

    async def life() -> int:
        async with opened(tmp_path, Unread()) as spool:
            made = await draft(spool, [], ALICE)
            gc.collect()
            tracemalloc.start()
            for _ in range(400):
                await made.write(chunk)
            await made.commit()
            return tracemalloc.get_traced_memory()[1]

    assert asyncio.run(life()) < 4 * LARGE
    tracemalloc.stop()


@given(st.lists(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a"])).map(b"".join)))
def test_line_ends_are_counted_over_chunks_as_in_one_piece(chunks: list[bytes]) -> None:
    ends = LineEnds()
    for chunk in chunks:
        ends.take(chunk)
    assert ends.only_crlf == (form.with_lf(b"".join(chunks)) is not None)


def test_files_made_again_are_not_taken_away_by_the_draft_that_made_the_first(tmp_path: Path) -> None:
    path = tmp_path / "w0-1"
    path.write_bytes(b"Subject: large\r\n\r\ntext\r\n")
    store = Store(Account("alice@example.org"), INBOX, "alice@example.org")
    message = Message("w0-1", "a@b.example", [store], 0, 0, 24, True)
    _, first = finished(path, message)
    _, again = finished(path, message, "again")
    remove(first)
    assert Path(again[0]).read_bytes().endswith(b"Subject: large\n\ntext\n")

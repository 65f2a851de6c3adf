"""After a crash everything acknowledged is there once, with its UID; what cannot be placed is kept for a person."""

import asyncio
import errno
from pathlib import Path

import pytest

from aids.applier import MemoryApplier
from aids.faults import Faults
from aids.way_in import ALICE, BOB, MESSAGE, append, deliver, draft, killed, large, opened
from tayori.errors import NoSpace, NoSuchMailbox, Refusal, TryLater
from tayori.model import Account, MailboxName, Receipt
from tayori.spool import Spool, ends, is_held, record, recovery, replay, segment
from tayori.spool.replay import left

GONE = MailboxName("Gone")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tayori.spool.failed.PAUSE", 0.0)


async def five(spool: Spool) -> list[Receipt]:
    """Small and large, to one and to both, by SMTP and by APPEND."""
    return [
        await deliver(spool),
        await deliver(spool, MESSAGE, "both@example.org"),
        await deliver(spool, large(), "both@example.org"),
        await append(spool, large(end=b"\n"), "Drafts"),
        await append(spool),
    ]


def carry_out(data: Path, applier: MemoryApplier, worker: str | None = None) -> int:
    return asyncio.run(replay(data, applier, worker))


def failed(data: Path) -> list[str]:
    return sorted(path.suffix for path in (data / "spool" / "failed").glob("*"))


def test_after_a_power_cut_everything_is_there_with_its_uid(tmp_path: Path) -> None:
    applier = MemoryApplier()
    receipts = killed(tmp_path, five, applier)
    before = dict(applier.state.messages)
    applier.power_cut()
    assert applier.contents() == []
    assert carry_out(tmp_path, applier) == 5
    assert applier.state.messages == before
    assert set(before) == {placement for receipt in receipts for placement in receipt.placements}


def test_after_a_kill_nothing_is_there_twice(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, five, applier)
    before = dict(applier.state.messages)
    carry_out(tmp_path, applier)
    assert applier.state.messages == before


def test_a_log_that_was_carried_out_is_empty(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, five, applier)
    carry_out(tmp_path, applier)
    assert carry_out(tmp_path, MemoryApplier()) == 0
    assert not list((tmp_path / "spool" / "large").iterdir())


def test_what_was_expunged_since_does_not_come_back(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, five, applier)
    applier.state.messages.clear()
    carry_out(tmp_path, applier)
    assert applier.contents() == []


def test_a_mailbox_that_is_gone_gives_its_mail_to_inbox(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, lambda spool: append(spool, MESSAGE, GONE), applier)
    applier.power_cut()
    applier.gone = {GONE}
    carry_out(tmp_path, applier)
    assert [placement.mailbox for placement in applier.state.messages] == ["INBOX"]


def test_without_its_account_a_message_is_kept_and_the_reason_beside_it(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, lambda spool: deliver(spool, MESSAGE, ALICE, BOB), applier)
    applier.power_cut()
    applier.refuse[BOB] = NoSuchMailbox("No such account")
    carry_out(tmp_path, applier)
    (kept,) = (tmp_path / "spool" / "failed").glob("*.eml")
    assert kept.read_bytes().endswith(MESSAGE)
    why = kept.with_suffix(".error").read_text()
    assert why.splitlines() == ["No such account", "from: <carol@example.net>", "to: bob@example.org in INBOX"]
    assert len(applier.contents()) == 1


@pytest.mark.parametrize("content", [MESSAGE, large()])
def test_a_record_that_fails_five_times_is_kept_and_others_go_on(tmp_path: Path, content: bytes) -> None:
    async def life(spool: Spool) -> None:
        await deliver(spool)
        await deliver(spool, content, BOB)
        await deliver(spool)

    applier = MemoryApplier()
    killed(tmp_path, life, applier)
    applier.power_cut()
    applier.refuse[BOB] = TryLater("damaged")
    applier.batches.clear()
    assert carry_out(tmp_path, applier) == 3
    assert failed(tmp_path) == [".eml", ".error"]
    assert len(applier.contents()) == 2
    assert len(applier.batches) == 1 + 2 + 5
    assert not list((tmp_path / "spool" / "w0").glob("*.tries"))


def test_a_record_that_ends_the_server_each_time_is_found(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, five, applier)
    applier.power_cut()

    class Death(BaseException):
        pass

    class Deadly(MemoryApplier):
        async def place(self, arrivals):  # type: ignore[no-untyped-def]
            if any(arrival.account == BOB for arrival in arrivals):
                raise Death
            return await super().place(arrivals)

    deadly, deaths = Deadly(), 0
    while True:
        try:
            carry_out(tmp_path, deadly)
            break
        except Death:
            deaths += 1
    assert deaths == 1 + 2 * 5  # the batch, then each of the two alone
    assert failed(tmp_path) == [".eml", ".eml", ".error", ".error"]
    assert len(deadly.contents()) == 3


def test_a_large_message_whose_file_is_lost_does_not_hold_up_the_start(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, lambda spool: deliver(spool, large()), applier)
    applier.power_cut()
    for path in (tmp_path / "spool" / "large").iterdir():
        path.unlink(missing_ok=True)
    carry_out(tmp_path, applier)
    assert failed(tmp_path) == [".error"]


def test_on_a_full_disk_the_log_stays_and_the_next_life_writes_beside_it(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, five, applier)
    applier.power_cut()
    applier.refuse[ALICE] = applier.refuse[BOB] = NoSpace("full")
    assert carry_out(tmp_path, applier) == 0
    assert left(tmp_path, "w0") == ["w0"]
    applier.refuse.clear()
    killed(tmp_path, deliver, applier)
    assert len(applier.contents()) == 1
    assert carry_out(tmp_path, applier) == 6
    assert len(applier.contents()) == 1 + 7
    assert [path.name for path in (tmp_path / "spool").glob("w0*")] == ["w0"]


def test_what_could_not_be_carried_out_is_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    applier = MemoryApplier()
    killed(tmp_path, five, applier)
    applier.power_cut()
    monkeypatch.setattr("tayori.spool.intake.CATCH_UP", 0.0)

    async def life() -> None:
        async with opened(tmp_path, applier) as spool:
            assert spool._catching_up is not None
            await spool._catching_up

    asyncio.run(life())
    assert len(applier.contents()) == 7


def test_drafts_that_were_never_committed_are_cleared_away(tmp_path: Path) -> None:
    killed(tmp_path, lambda spool: draft(spool, [large()], ALICE), MemoryApplier())
    assert list((tmp_path / "spool" / "large").iterdir())
    carry_out(tmp_path, MemoryApplier())
    assert not list((tmp_path / "spool" / "large").iterdir())


def test_one_workers_log_is_carried_out_alone(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, five, applier)
    assert carry_out(tmp_path, applier, "w1") == 0
    assert carry_out(tmp_path, applier, "w0") == 5


def test_a_new_life_begins_in_an_empty_log_after_replay(tmp_path: Path) -> None:
    applier = MemoryApplier()
    for count in (5, 10, 15):
        killed(tmp_path, five, applier)
        carry_out(tmp_path, applier)
        assert len(applier.arrivals) >= count
    assert len(applier.contents()) == 3 * 7
    assert len({arrival.position for arrival in applier.arrivals}) == 15


def test_a_log_ends_at_its_last_whole_record(tmp_path: Path) -> None:
    killed(tmp_path, five, MemoryApplier())
    (end,) = ends(tmp_path).values()
    (log,) = (path for path in (tmp_path / "spool" / "w0").glob("*.log") if _records(path))
    *_, before, last = _records(log)
    with log.open("r+b") as file:
        file.seek(last.start - 1)  # the end of its head
        file.write(b"\0\0")
    assert (last.sequence, ends(tmp_path)) == (end, {"w0": before.sequence})


def _records(path: Path) -> list[record.Record]:
    with recovery.mapped(path) as raw:
        return list(record.records(raw))


def test_a_log_without_records_ends_before_its_first_one(tmp_path: Path) -> None:
    killed(tmp_path, five, MemoryApplier())
    before = ends(tmp_path)
    carry_out(tmp_path, MemoryApplier())
    assert ends(tmp_path) == before


def test_a_log_that_cannot_be_carried_out_is_held(tmp_path: Path) -> None:
    applier = MemoryApplier()
    killed(tmp_path, five, applier)
    applier.fault = NoSpace("full")
    carry_out(tmp_path, applier)
    assert is_held(tmp_path)
    applier.fault = None
    carry_out(tmp_path, applier)
    assert not is_held(tmp_path)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
def test_replay_survives_each_fault_of_the_disk(tmp_path: Path, code: int) -> None:
    """Whatever call fails, once: the next replay has everything in its place."""
    applier = MemoryApplier()
    killed(tmp_path / "data", five, applier)
    before = applier.contents()
    step, calls = 0, 1
    while step < calls:
        step += 1
        data = tmp_path / str(step)
        _copy(tmp_path / "data", data)
        applier.power_cut()
        with Faults(data, step, code) as faults:
            try:
                carry_out(data, applier)
            except (OSError, Refusal):
                pass
        calls = max(calls, len(faults.calls))
        carry_out(data, applier)
        assert applier.contents() == before, faults.calls[step - 1]
    assert calls > 20


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def test_a_log_of_a_newer_version_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(tmp_path, five, MemoryApplier())
    monkeypatch.setattr(record, "VERSION", 2)
    with pytest.raises(record.OtherVersion):
        carry_out(tmp_path, MemoryApplier())


def test_a_power_cut_in_the_middle_of_recycling_brings_back_nothing_settled(tmp_path: Path) -> None:
    """An old segment's header may be back on the disk, with old records in it: their positions have been seen."""
    applier = MemoryApplier()
    killed(tmp_path, five, applier)
    (path,) = (tmp_path / "spool" / "w0").glob("00000001.log")
    old = path.read_bytes()
    carry_out(tmp_path, applier)
    path.write_bytes(old)
    before = dict(applier.state.messages)
    carry_out(tmp_path, applier)
    assert applier.state.messages == before


def test_accounts_of_one_message_are_carried_out_in_the_order_of_the_log(tmp_path: Path) -> None:
    async def life(spool: Spool) -> None:
        for subject in (b"1", b"2", b"3"):
            await deliver(spool, b"Subject: " + subject + b"\r\n\r\n\r\n", ALICE, BOB)

    applier = MemoryApplier()
    killed(tmp_path, life, applier)
    applier.power_cut()
    applier.refuse[Account(BOB)] = TryLater("damaged")
    carry_out(tmp_path, applier)
    assert [content.split(b"Subject: ")[1][:1] for content in applier.contents()] == [b"1", b"2", b"3"]
    assert len(failed(tmp_path)) == 6


def test_a_segment_without_a_header_is_nobodys(tmp_path: Path) -> None:
    folder = tmp_path / "spool" / "w0"
    segment.make_folder(folder)
    (folder / "00000007.log").write_bytes(bytes(8192))
    (folder / "00000008.new").write_bytes(b"")
    assert recovery.read(folder).messages == []
    applier = MemoryApplier()
    killed(tmp_path, deliver, applier)
    assert len(recovery.read(folder).messages) == 1
    assert not (folder / "00000008.new").exists()

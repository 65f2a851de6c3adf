"""By LMTP each recipient is answered for itself; what one was refused is not kept, and no replay brings it back."""

import asyncio
import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from aids.applier import MemoryApplier
from aids.directory import MemoryDirectory
from aids.way_in import ALICE, BOB, MESSAGE, draft, killed, large, opened, spooled
from tayori.delivery import decide
from tayori.errors import MailLoop, NoSuchMailbox, OverQuota, Refusal, TryLater
from tayori.model import Action, Address, Discard, Origin
from tayori.spool import Spool, notes, recovery, replay

LMTP = Origin("lmtp", "unix", "mta", "LMTP")
BOTH = "both@example.org"
FULL = OverQuota("full")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tayori.spool.failed.PAUSE", 0.0)


async def answers(spool: Spool, *recipients: str, content: bytes = MESSAGE) -> list[type[Refusal] | None]:
    """Each recipient's: None where it is served."""
    made = await draft(spool, [content], *recipients, origin=LMTP)
    await made.commit()
    return [type(made.refused[nth]) if nth in made.refused else None for nth in range(len(recipients))]


def to(contents: Sequence[bytes]) -> list[str]:
    """For whom these were."""
    fields = [content.partition(b"Delivered-To: ")[2] for content in contents]
    return [field.partition(b"\r\n")[0].decode() for field in fields]


@spooled
async def test_all_that_can_be_served_are_told_yes(spool: Spool, applier: MemoryApplier) -> None:
    assert await answers(spool, ALICE, BOB) == [None, None]
    assert to(applier.contents()) == [ALICE, BOB]


@pytest.mark.parametrize("content", [MESSAGE, large()])
@pytest.mark.parametrize("full", [ALICE, BOB])
def test_one_that_is_full_is_refused_and_the_others_are_served(tmp_path: Path, full: str, content: bytes) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        applier.refuse = {account: FULL for account in (ALICE, BOB) if account == full}
        async with opened(tmp_path, applier) as spool:
            said = await answers(spool, ALICE, BOB, content=content)
        assert said == [OverQuota if each == full else None for each in (ALICE, BOB)]
        assert [full, *to(applier.contents())] in ([ALICE, BOB], [BOB, ALICE])
        assert not list((tmp_path / "spool" / "large").iterdir())

    asyncio.run(life())


@spooled
async def test_each_is_told_its_own_reason(spool: Spool, applier: MemoryApplier) -> None:
    applier.refuse = {ALICE: TryLater("damaged"), BOB: FULL}
    assert await answers(spool, BOB, ALICE) == [OverQuota, TryLater]
    assert applier.contents() == []


@spooled
async def test_an_alias_is_served_whole_or_not_at_all(spool: Spool, applier: MemoryApplier) -> None:
    applier.refuse[BOB] = FULL
    assert await answers(spool, BOTH, BOB) == [OverQuota, OverQuota]
    assert applier.contents() == []


@spooled
async def test_what_another_way_leads_to_is_kept_once(spool: Spool, applier: MemoryApplier) -> None:
    applier.refuse[BOB] = FULL
    assert await answers(spool, BOTH, ALICE, ALICE) == [OverQuota, None, None]
    assert to(applier.contents()) == [ALICE]


@spooled
async def test_a_copy_of_an_alias_that_failed_is_taken_back_and_another_recipients_kept(
    spool: Spool, applier: MemoryApplier
) -> None:
    known(spool).passwords["carol@example.org"] = ""
    applier.refuse[BOB] = FULL
    assert await answers(spool, BOTH, "carol@example.org") == [OverQuota, None]
    assert to(applier.contents()) == ["carol@example.org"]


def known(spool: Spool) -> MemoryDirectory:
    assert isinstance(spool.directory, MemoryDirectory)
    return spool.directory


@spooled
async def test_an_account_that_went_meanwhile_is_missed_alone(spool: Spool, applier: MemoryApplier) -> None:
    del known(spool).passwords[BOB]
    assert await answers(spool, BOB, ALICE) == [NoSuchMailbox, None]
    assert to(applier.contents()) == [ALICE]


@pytest.mark.parametrize("content", [MESSAGE, large()])
def test_where_all_have_gone_nothing_is_logged(tmp_path: Path, content: bytes) -> None:
    async def life(spool: Spool) -> None:
        known(spool).passwords.clear()
        assert await answers(spool, BOB, ALICE, content=content) == [NoSuchMailbox, NoSuchMailbox]

    killed(tmp_path, life, MemoryApplier())
    assert recovery.read(tmp_path / "spool" / "w0").messages == []


@spooled
async def test_who_has_had_it_is_told_so_alone(spool: Spool, applier: MemoryApplier) -> None:
    content = b"Delivered-To: alice@example.org\r\n" + MESSAGE
    assert await answers(spool, ALICE, BOB, content=content) == [MailLoop, None]
    assert len(applier.contents()) == 1


@spooled
async def test_a_message_that_goes_in_circles_is_refused_whole(spool: Spool, applier: MemoryApplier) -> None:
    with pytest.raises(MailLoop):
        await answers(spool, ALICE, BOB, content=b"Received: x\r\n" * 101 + MESSAGE)


def test_who_throws_it_away_is_served_though_all_others_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = decide.actions

    async def actions(
        directory: MemoryDirectory, address: Address, origin: Origin, rules: decide.Rules
    ) -> list[Action]:
        return [Discard("wished so")] if address.local == "bob" else await real(directory, address, origin, rules)

    async def life(spool: Spool) -> None:
        assert await answers(spool, BOB, ALICE) == [None, OverQuota]

    monkeypatch.setattr(decide, "actions", actions)
    applier = MemoryApplier()
    applier.refuse[ALICE] = FULL
    killed(tmp_path, life, applier)
    assert recovery.read(tmp_path / "spool" / "w0").messages == []


@spooled
async def test_over_smtp_one_that_is_full_refuses_the_message(spool: Spool, applier: MemoryApplier) -> None:
    applier.refuse[BOB] = FULL
    with pytest.raises(OverQuota):
        await (await draft(spool, [MESSAGE], ALICE, BOB)).commit()
    assert applier.contents() == []


def test_a_sync_that_fails_refuses_all_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        applier.refuse[BOB] = FULL
        async with opened(tmp_path, applier) as spool:
            known(spool).passwords["carol@example.org"] = ""
            with monkeypatch.context() as patched:
                patched.setattr(os, "fdatasync", failing)
                with pytest.raises(TryLater):
                    await answers(spool, BOTH, "carol@example.org")
            assert applier.contents() == []
            assert await answers(spool, ALICE, BOB) == [None, OverQuota]

    asyncio.run(life())


def failing(descriptor: int) -> None:
    raise OSError(errno.EIO, "failed")


def test_the_log_names_those_who_are_served(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        applier.refuse[BOB] = FULL
        async with opened(tmp_path, applier) as spool:
            await answers(spool, ALICE, BOB)
            applier.refuse[ALICE] = FULL
            await answers(spool, ALICE, BOB)

    caplog.set_level("INFO", "tayori.spool")
    asyncio.run(life())
    (line,) = [each for each in caplog.messages if each.startswith("accepted ")]
    assert " to='alice@example.org' " in line


# ---- after a crash


async def one_refused(spool: Spool, content: bytes = MESSAGE) -> None:
    """Bob is; then something for both comes after it."""
    applier = spool._applier
    assert isinstance(applier, MemoryApplier)
    applier.refuse[BOB] = FULL
    assert await answers(spool, ALICE, BOB, content=content) == [None, OverQuota]
    applier.refuse.clear()
    assert await answers(spool, ALICE, BOB) == [None, None]


@pytest.mark.parametrize("content", [MESSAGE, large()])
@pytest.mark.parametrize("settled", [True, False])
def test_what_was_refused_does_not_come_back(tmp_path: Path, settled: bool, content: bytes) -> None:
    applier = MemoryApplier()
    killed(tmp_path, lambda spool: one_refused(spool, content), applier)
    before = dict(applier.state.messages)
    if not settled:
        applier.power_cut()
    assert asyncio.run(replay(tmp_path, applier)) == 2
    assert applier.state.messages == before
    assert sorted(to(applier.contents())) == [ALICE, ALICE, BOB]


def test_a_copy_that_was_taken_back_does_not_come_back(tmp_path: Path) -> None:
    async def life(spool: Spool) -> None:
        known(spool).passwords["carol@example.org"] = ""
        assert await answers(spool, BOTH, "carol@example.org") == [OverQuota, None]

    applier = MemoryApplier()
    applier.refuse[BOB] = FULL
    killed(tmp_path, life, applier)
    applier.power_cut()
    applier.refuse.clear()
    asyncio.run(replay(tmp_path, applier))
    assert to(applier.contents()) == ["carol@example.org"]


def test_after_a_settling_that_failed_it_is_not_carried_out_either(tmp_path: Path) -> None:
    async def life() -> None:
        applier = MemoryApplier()
        async with opened(tmp_path, applier) as spool:
            await one_refused(spool)
            before = applier.contents()
            applier.power_cut()
            await spool.again(spool.finished())
            assert sorted(applier.contents()) == sorted(before)

    asyncio.run(life())


def test_what_fails_five_times_is_kept_for_those_who_were_told_yes(tmp_path: Path) -> None:
    async def life(spool: Spool) -> None:
        assert await answers(spool, ALICE, BOB) == [None, OverQuota]

    applier = MemoryApplier()
    applier.refuse[BOB] = FULL
    killed(tmp_path, life, applier)
    applier.power_cut()
    applier.refuse = {ALICE: TryLater("damaged")}
    asyncio.run(replay(tmp_path, applier))
    (why,) = (tmp_path / "spool" / "failed").glob("*.error")
    assert why.read_text().splitlines()[2:] == ["to: alice@example.org in INBOX"]


def test_a_record_of_before_is_read() -> None:
    placed = notes.decode_placed(notes.encode([[[5, 0, "INBOX", 7, 1]]]))
    assert (placed.places, placed.missed) == ([notes.Place(5, 0, "INBOX", 7, 1)], [])

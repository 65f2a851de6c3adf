"""What a killed delivery left in tmp/ goes when it is old, a little at a time. cr.yp.to/proto/maildir.html."""

import os
import time
from itertools import pairwise
from pathlib import Path

import pytest

from aids.stored import Post, deliver, filled, stored, texts
from tayori.model import INBOX
from tayori.store import Keeper, leftovers
from tayori.store.leftovers import MOST, OLD, PAUSE, Leftovers
from tayori.store.store import Store

HOUR = 3600 * 10**9


def account(data: Path, name: str, *mailboxes: str) -> Path:
    """Its folder, with these mailboxes' below."""
    folder = data / "mail" / "example.org" / name
    for mailbox in ("", *mailboxes):
        (folder / "Maildir" / mailbox / "tmp").mkdir(parents=True)
    return folder


def leave(folder: Path, count: int = 1, mailbox: str = "") -> list[Path]:
    made = [folder / "Maildir" / mailbox / "tmp" / f"{number}.left" for number in range(count)]
    for path in made:
        path.write_bytes(b"half a le")
    return made


def there(paths: list[Path]) -> int:
    return sum(path.exists() for path in paths)


@pytest.mark.parametrize(("age", "stays"), [(35 * HOUR, True), (37 * HOUR, False)])
def test_a_file_goes_after_36_hours(tmp_path: Path, age: int, stays: bool) -> None:
    folder = account(tmp_path, "alice", ".Work")
    (left,) = leave(folder, mailbox=".Work")
    Leftovers().step([folder], time.time_ns() + age)
    assert left.exists() is stays


def test_a_file_that_is_being_written_may_have_an_old_messages_date(tmp_path: Path) -> None:
    folder = account(tmp_path, "alice")
    (draft,) = leave(folder)
    os.utime(draft, (1, 1))
    Leftovers().step([folder], time.time_ns() + HOUR)
    assert draft.exists()


def test_a_folder_in_tmp_and_files_elsewhere_stay(tmp_path: Path) -> None:
    folder = account(tmp_path, "alice")
    others = [folder / "Maildir" / "tmp" / "folder", folder / "Maildir" / "cur", folder / "Maildir" / ".file"]
    others[0].mkdir()
    others[1].mkdir()
    others[2].write_bytes(b"")
    others.append(others[1] / "letter")
    others[3].write_bytes(b"")
    Leftovers().step([folder], time.time_ns() + 2 * OLD)
    assert there(others) == 4


def test_a_step_looks_at_few_files_and_the_next_goes_on(tmp_path: Path) -> None:
    folder = account(tmp_path, "alice", ".Work")
    left = leave(folder, MOST) + leave(folder, MOST, ".Work")
    sweeping, now, counts = Leftovers(), time.time_ns() + OLD, [2 * MOST]
    while there(left):
        sweeping.step([folder], now)
        counts.append(there(left))
    assert all(0 < before - after <= MOST for before, after in pairwise(counts))
    assert len(counts) == 4


def test_many_accounts_are_gone_through_a_part_at_a_time(tmp_path: Path) -> None:
    folders = [account(tmp_path, f"a{number}") for number in range(MOST + 1)]
    first, last = leave(folders[0]), leave(folders[-1])
    sweeping, now = Leftovers(), time.time_ns() + OLD
    sweeping.step(folders, now)
    assert (there(first), there(last)) == (0, 1)
    sweeping.step(folders, now)
    assert there(last) == 0


def test_a_round_begins_once_an_hour(tmp_path: Path) -> None:
    folder = account(tmp_path, "alice")
    sweeping, now = Leftovers(), time.time_ns() + OLD
    sweeping.step([folder], now)
    (left,) = leave(folder)
    sweeping.step([folder], now + PAUSE - 1)
    assert left.exists()
    sweeping.step([folder], now + PAUSE)
    assert not left.exists()


def test_an_account_that_goes_meanwhile_keeps_no_other(tmp_path: Path) -> None:
    gone = account(tmp_path, "gone", ".Work")
    folders = [tmp_path / "never", gone, account(tmp_path, "alice")]
    (gone / "Maildir" / ".Work" / "tmp").rmdir()
    (left,) = leave(folders[-1])
    Leftovers().step(folders, time.time_ns() + OLD)
    assert not left.exists()


def test_a_folder_that_cannot_be_read_is_told_and_keeps_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = account(tmp_path, "alice", ".Work")
    (folder / "Maildir" / "tmp").rmdir()
    (folder / "Maildir" / "tmp").write_bytes(b"")
    (left,) = leave(folder, mailbox=".Work")
    Leftovers().step([folder], time.time_ns() + OLD)
    assert not left.exists()
    assert [line.split()[0] for line in caplog.messages if "not-cleared" in line] == ["event=not-cleared"]


def test_another_programs_file_is_no_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = account(tmp_path, "alice")
    (folder / "Maildir" / ".mbsyncstate").write_bytes(b"")
    Leftovers().step([folder], time.time_ns())
    assert not caplog.messages


@stored
async def test_the_keeper_clears_and_mail_stays(store: Store) -> None:
    mail = await filled(store, 2)
    left = leave(Path(mail.root).parent)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(leftovers, "OLD", 0)
        await Keeper(store).step()
    assert not there(left)
    await deliver(store, Post("w1").letters(1))
    assert len(await texts(await mail.open(INBOX))) == 3

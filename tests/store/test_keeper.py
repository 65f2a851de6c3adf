"""The keeper's round, where there is nothing to do."""

import logging
from pathlib import Path

import pytest

from tayori.net.bus import LocalHints
from tayori.net.clock import SystemClock
from tayori.store import Keeper, Store, clean, disk


async def test_a_server_without_accounts_has_nothing_to_complain_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clean.begin(tmp_path)
    store = Store(tmp_path, LocalHints(), SystemClock())
    await Keeper(store).step()
    await store.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(("age", "changed", "unseen"), [(5 * 10**7, 1, True), (2 * 10**8, 1, False), (10**9, 0, True)])
def test_a_file_whose_times_are_whole_seconds_is_trusted_later(age: int, changed: int, unseen: bool) -> None:
    then = 10**18 + changed
    assert disk.may_change_unseen(then, then + age) is unseen

"""The keeper's round, where there is nothing to do."""

import logging
from pathlib import Path

import pytest

from tayori.net.bus import LocalHints
from tayori.net.clock import SystemClock
from tayori.store import Keeper, Store, clean


async def test_a_server_without_accounts_has_nothing_to_complain_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clean.begin(tmp_path)
    store = Store(tmp_path, LocalHints(), SystemClock())
    await Keeper(store).step()
    await store.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []

"""The power is cut: the disk keeps what was synced, and nothing that was acknowledged is lost. DESIGN section 5."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aids import crash
from aids import disk as disks
from aids.crash import CAROL, Ledger, MortalServer
from aids.disk import LoopDisk
from aids.fates import Fates
from aids.groups import Groups
from aids.server import ALICE, BOB

ROUNDS = 4
LOG = 20 * 2**20  # octets of a catalog's log that are there to be written over
TALKS = (*[crash.deliver] * 8, *[crash.append] * 2, crash.watch)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LoopDisk]:
    if why := disks.missing():
        pytest.skip(why)
    made = disks.loop_disk(tmp_path)
    try:
        disk = made.__enter__()
    except subprocess.CalledProcessError as fault:
        pytest.skip(f"no loop mount here: {fault.stderr.decode()}")
    yield disk
    made.__exit__(None, None, None)


@pytest.fixture
def server(disk: LoopDisk) -> Iterator[MortalServer]:
    server = MortalServer(disk.folder / "server")
    server.add(ALICE, BOB, CAROL)
    disk.sync()
    yield server
    server.end()
    sys.stdout.write(server.errors())  # shown of a test that fails


def catalog_logs(server: MortalServer) -> list[Path]:
    return list(server.data.glob("mail/*/*/index.db-wal"))


def start(server: MortalServer) -> None:
    """With logs as they are after a longer life."""
    for log in catalog_logs(server):
        disks.grow(log, LOG)
    server.start().wait()


def cut_while_clients_talk(server: MortalServer, disk: LoopDisk, ledger: Ledger, fates: Fates, groups: Groups) -> None:
    ledger.dying = False
    with crash.clients(server, ledger, [*TALKS, fates.shuffle, groups.append, groups.replace]):
        assert ledger.more_promised(ledger.chance.randrange(100, 1500)), ledger.refused
        crash.check_modseq(server, ledger)
        ledger.dying = True
        for log in catalog_logs(server):  # so that they know more than the folders: nothing orders the two
            disks.write_back(log)
        disk.cut_power()
        server.kill()
    disk.unmount()
    disk.mount()


@pytest.mark.root
@pytest.mark.slow_flow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see crash.clients
def test_what_was_acknowledged_survives_power_cuts(server: MortalServer, disk: LoopDisk) -> None:
    ledger, fates, groups = Ledger(seed=20261125), Fates(lossy=True), Groups()
    start(server)
    for _ in range(ROUNDS):
        cut_while_clients_talk(server, disk, ledger, fates, groups)
        start(server)
        crash.check(server, ledger)
        fates.check(server)
        groups.check(server)
    crash.check(server, ledger, whole=True)

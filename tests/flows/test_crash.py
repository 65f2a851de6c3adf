"""kill -9 of all processes at once, at any moment: what was acknowledged is there, whole and once. DESIGN section 5."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aids import crash
from aids.crash import CAROL, Ledger, MortalServer
from aids.fates import Fates
from aids.groups import Groups
from aids.server import ALICE, BOB

ROUNDS = 20
REPLAY_DIES_EVERY = 4  # rounds
TALKS = (*[crash.deliver] * 8, *[crash.append] * 2, crash.watch)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MortalServer]:
    server = MortalServer(tmp_path / "server")
    server.add(ALICE, BOB, CAROL)
    yield server
    server.end()


def die_while_clients_talk(server: MortalServer, ledger: Ledger, fates: Fates, groups: Groups) -> None:
    with crash.clients(server, ledger, [*TALKS, fates.shuffle, groups.append, groups.replace]):
        assert ledger.more_promised(ledger.chance.randrange(1, 160)), ledger.refused
        server.kill()
    crash.check_modseq(server, ledger)


@pytest.mark.slow_flow
@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see crash.clients
def test_what_was_acknowledged_survives_twenty_deaths_of_all_processes(server: MortalServer) -> None:
    ledger, fates, groups = Ledger(seed=20261124), Fates(), Groups()
    server.start().wait()
    for number in range(ROUNDS):
        die_while_clients_talk(server, ledger, fates, groups)
        if not number % REPLAY_DIES_EVERY:
            server.start().die_within(ledger.chance.uniform(0.1, 0.8))
        server.start().wait()
        crash.check(server, ledger)
        fates.check(server)
        groups.check(server)
    crash.check(server, ledger, whole=True)

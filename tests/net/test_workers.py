"""net/workers.py: real processes under the real supervisor."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from aids import supervised
from aids.clients import need_root
from aids.wait import wait_until

PORT_0 = "smtp=127.0.0.1:0"


class Running:
    """A server under test."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, supervised.__file__, data, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> dict[str, str]:
        """What the ready line says of each service."""
        assert self.process.stdout is not None
        word, *services = self.process.stdout.readline().split()
        assert word == "ready"
        return dict(service.split("=", 1) for service in services)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(15)

    def errors(self) -> str:
        """What it logged, once it has ended."""
        return self.process.communicate(timeout=15)[1]

    def lines(self, wanted: str, count: int = 1) -> list[str]:
        """The next lines of its log that contain `wanted`."""
        assert self.process.stderr is not None
        found = (line for line in iter(self.process.stderr.readline, "") if wanted in line)
        return list(islice(found, count))

    def told(self) -> list[str]:
        file = self.data / "told"
        return file.read_text().splitlines() if file.exists() else []

    def children(self) -> list[int]:
        return children(self.process.pid)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ask(where: str) -> list[str]:
    """Who answers there: [role, index, pid, uid, settings]."""
    host, _, port = where.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), 10) as caller:
        return caller.makefile().read().split()


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers that are ended after the test."""
    started: list[Running] = []

    def begin(*arguments: str, data: Path | None = None) -> Running:
        started.append(Running(data or tmp_path / "data", *arguments))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.process.communicate()


def test_all_workers_answer_at_the_port_that_the_first_was_given(start: Start) -> None:
    where = start(PORT_0).ready()["smtp"]
    found: set[str] = set()

    def both_answered() -> bool:
        found.add(ask(where)[1])
        return found == {"0", "1"}

    wait_until(both_answered)


def test_the_ready_line_names_services_in_their_order(start: Start, tmp_path: Path) -> None:
    names = list(start("imap=127.0.0.1:0", PORT_0, f"lmtp=unix:{tmp_path}/lmtp").ready().items())
    assert [name for name, _ in names] == ["imap", "smtp", "lmtp"]
    assert names[2][1] == f"unix:{tmp_path}/lmtp"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_tells_everyone_the_last_role_last_and_ends_with_0(start: Start, number: int) -> None:
    running = start(PORT_0)
    running.ready()
    assert running.stop(number) == 0
    told = running.told()
    assert told[-2:] == ["keeper 0 stop", "keeper 0 ended"]
    assert {"front 0 ended", "front 1 ended"} < set(told[:-2])


def test_a_second_server_on_the_same_data_is_refused(start: Start) -> None:
    first = start(PORT_0)
    first.ready()
    second = start(PORT_0)
    assert f"in use by pid {first.process.pid}" in second.errors()
    assert second.process.returncode == 1


def test_a_worker_that_dies_is_replaced_at_its_place(start: Start) -> None:
    running = start(PORT_0)
    where = running.ready()["smtp"]
    before = ask(where)
    os.kill(int(before[2]), signal.SIGKILL)
    wait_until(lambda: (now := ask(where))[1] == before[1] and now[2] != before[2])
    assert f"front {before[1]} gone" in running.told()


def test_connections_to_a_dead_worker_wait_for_its_successor(start: Start) -> None:
    running = start(PORT_0)
    where = running.ready()["smtp"]
    workers = running.children()
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(alive(pid) for pid in workers))
    assert ask(where)[0] == "front"


def test_a_worker_that_dies_again_and_again_is_replaced_ever_more_slowly(start: Start) -> None:
    running = start(PORT_0)
    who = ask(running.ready()["smtp"])
    (running.data / "die").touch()
    os.kill(int(who[2]), signal.SIGKILL)
    pauses = [line.split("ended=")[1].split() for line in running.lines("replaced process=", 3)]
    assert pauses == [["signal-SIGKILL", "pause=0.1s"], ["status-3", "pause=0.5s"], ["status-3", "pause=1.0s"]]


def test_workers_end_when_the_supervisor_is_killed(start: Start) -> None:
    running = start(PORT_0)
    running.ready()
    workers = running.children()
    assert len(workers) == 3
    running.process.kill()
    wait_until(lambda: not any(alive(pid) for pid in workers))
    assert {"front 0 ended", "front 1 ended", "keeper 0 ended"} <= set(running.told())


def test_a_server_starts_at_once_after_a_killed_one(start: Start) -> None:
    running = start(PORT_0)
    running.ready()
    running.process.kill()
    running.process.wait()
    assert ask(start(PORT_0).ready()["smtp"])[0] == "front"


def test_a_single_worker_told_by_sigterm_ends_in_order(start: Start) -> None:
    running = start(PORT_0)
    who = ask(running.ready()["smtp"])
    os.kill(int(who[2]), signal.SIGTERM)
    wait_until(lambda: f"front {who[1]} ended" in running.told())


def test_the_last_role_stays_last_when_all_are_told_by_sigterm(start: Start) -> None:
    running = start(PORT_0)
    running.ready()
    for pid in (*running.children(), running.process.pid):
        os.kill(pid, signal.SIGTERM)
    assert running.process.wait(15) == 0
    assert running.told()[-2:] == ["keeper 0 stop", "keeper 0 ended"]


def test_a_keeper_told_by_sigterm_alone_goes_on(start: Start) -> None:
    running = start(PORT_0)
    where = running.ready()["smtp"]
    (keeper,) = (pid for pid in running.children() if Path(f"/proc/{pid}/comm").read_text() == "tayori keeper 0\n")
    os.kill(keeper, signal.SIGTERM)
    assert ask(where)[0] == "front"
    assert keeper in running.children()
    assert "keeper 0 stop" not in running.told()


def test_good_settings_reach_everyone(start: Start) -> None:
    running = start(PORT_0)
    where = running.ready()["smtp"]
    (running.data / "settings").write_text("new")
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: sum(line.endswith("reload") for line in running.told()) == 3)
    assert ask(where)[4] == "new"


def test_a_successor_has_the_settings_of_the_last_reload(start: Start) -> None:
    running = start(PORT_0)
    where = running.ready()["smtp"]
    (running.data / "settings").write_text("new")
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: sum(line.endswith("reload") for line in running.told()) == 3)
    (running.data / "settings").unlink()
    before = ask(where)
    os.kill(int(before[2]), signal.SIGKILL)
    wait_until(lambda: (now := ask(where))[1] == before[1] and now[2] != before[2] and now[4] == "new")


def test_bad_settings_change_nothing_and_are_told(start: Start) -> None:
    running = start(PORT_0)
    where = running.ready()["smtp"]
    (running.data / "settings").write_text("bad things")
    running.process.send_signal(signal.SIGHUP)
    assert running.lines("reload refused")[0].endswith("settings: bad things\n")
    assert ask(where)[4] == "none"
    assert running.told() == []


def test_a_role_that_cannot_start_ends_everything_with_its_reason(start: Start) -> None:
    running = start(PORT_0, "--front", "fails")
    assert "the front cannot start" in running.errors()
    assert running.process.returncode == 1


def test_a_disk_that_fails_is_told_in_a_line(start: Start) -> None:
    told = start(PORT_0, "--front", "full").errors()
    assert "process=front 0" in told
    assert "No space left on device: '/data/spool/w0/1.log'; check its disk" in told
    assert "Traceback" not in told


def test_what_runs_first_runs_before_all_others(start: Start) -> None:
    running = start(PORT_0, "--first", "works")
    running.ready()
    assert running.told() == ["first"]


def test_nothing_starts_when_what_runs_first_fails(start: Start) -> None:
    running = start(PORT_0, "--first", "fails")
    running.errors()
    assert running.process.returncode == 1
    assert running.process.stdout is not None
    assert running.told() == []


@pytest.mark.slow_flow
def test_a_worker_that_does_not_end_is_killed_within_ten_seconds(start: Start) -> None:
    running = start(PORT_0, "--front", "deaf")
    running.ready()
    running.process.terminate()
    assert running.process.wait(10) == 0
    assert running.told()[-1] == "keeper 0 ended"


def test_an_address_in_use_is_told_before_anything_starts(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        running = start(f"smtp=127.0.0.1:{other.getsockname()[1]}")
        assert "smtp: cannot listen at 127.0.0.1" in running.errors()
    assert running.process.returncode == 1


@pytest.mark.root
def test_root_becomes_the_user_that_is_named_after_binding(start: Start) -> None:
    need_root()
    shared = Path(tempfile.gettempdir()) / f"tayori-test-{os.getpid()}"  # pytest's folder is root's alone
    running = start("smtp=127.0.0.1:0", "--user", "nobody", data=shared)
    try:
        assert ask(running.ready()["smtp"])[3] == str(shared.stat().st_uid) != "0"
        assert running.stop() == 0
    finally:
        subprocess.run(["rm", "-r", shared], check=True)


@pytest.mark.root
def test_root_without_a_user_becomes_the_owner_of_data_and_says_so(start: Start) -> None:
    need_root()
    shared = Path(tempfile.gettempdir()) / f"tayori-test-{os.getpid()}"
    shared.mkdir(mode=0o700)
    os.chown(shared, 12345, 12345)
    running = start("smtp=127.0.0.1:0", data=shared)
    try:
        assert ask(running.ready()["smtp"])[3] == "12345"
        assert running.stop() == 0
        assert "running as uid 12345, who owns DATA" in running.errors()
    finally:
        subprocess.run(["rm", "-r", shared], check=True)

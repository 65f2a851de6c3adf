"""net/systemd.py: a real process is given sockets and a place to report to, as systemd does it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aids import supervised
from tayori.net import systemd

AS_A_SERVICE = """
import os, sys
if (given := int(sys.argv[1])) >= 0:
    os.dup2(given, 3)
os.environ["LISTEN_PID"] = str(os.getpid())  # only who becomes the server knows its number
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


class Manager:
    """What systemd would be told."""

    def __init__(self, place: Path) -> None:
        self.address = str(place)
        self._inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._inbox.bind(self.address)
        self._inbox.settimeout(20)

    def next(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self._inbox.recv(4096).decode().splitlines())

    def close(self) -> None:
        self._inbox.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path / "notify")
    yield made
    made.close()


@contextmanager
def server(
    data: Path, *arguments: str, pass_socket: socket.socket | None = None, **environment: str
) -> Iterator["subprocess.Popen[str]"]:
    """The server of tests/aids, started as a service; `pass_socket` becomes its file descriptor 3."""
    given = -1 if pass_socket is None else pass_socket.fileno()
    process = subprocess.Popen(
        [sys.executable, "-c", AS_A_SERVICE, str(given), supervised.__file__, str(data), *arguments],
        env={**os.environ, **environment},
        pass_fds=[given] if given >= 0 else [],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_manager_hears_ready_reload_and_stop(tmp_path: Path, manager: Manager) -> None:
    with server(tmp_path / "data", "smtp=127.0.0.1:0", NOTIFY_SOCKET=manager.address) as process:
        ready = manager.next()
        assert ready["READY"] == "1"
        assert ready["STATUS"].startswith("smtp=127.0.0.1:")
        assert ready["MAINPID"] == str(process.pid)
        process.send_signal(signal.SIGHUP)
        assert {"RELOADING", "MONOTONIC_USEC"} == set(manager.next())
        assert manager.next()["READY"] == "1"
        process.terminate()
        assert manager.next()["STOPPING"] == "1"


def test_a_watchdog_hears_of_us_again_and_again(tmp_path: Path, manager: Manager) -> None:
    with server(tmp_path / "data", NOTIFY_SOCKET=manager.address, WATCHDOG_USEC="50000"):
        signs = [manager.next() for _ in range(6)]
    assert signs.count({"WATCHDOG": "1"}) == 5


def test_a_passed_socket_is_served(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as given:
        host, port = given.getsockname()
        passing = server(
            tmp_path / "data", "smtp=127.0.0.1:1", pass_socket=given, LISTEN_FDS="1", LISTEN_FDNAMES="smtp"
        )
        with passing as process:
            assert process.stdout is not None
            assert process.stdout.readline() == f"ready smtp={host}:{port}\n"
            given.close()
            with socket.create_connection((host, port), 10) as caller:
                assert caller.recv(5) == b"front"


def test_sockets_for_another_process_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid() + 1))
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert systemd.passed() == []


def test_nothing_is_told_where_nobody_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    systemd.Notifier().ready("all is well")


def test_an_abstract_address_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as inbox:
        inbox.bind(f"\0tayori-test-{os.getpid()}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@tayori-test-{os.getpid()}")
        systemd.Notifier().alive()
        inbox.setblocking(False)
        assert inbox.recv(100) == b"WATCHDOG=1"


def test_a_watchdog_for_another_process_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid() + 1))
    assert systemd.Notifier().watchdog == 0.0

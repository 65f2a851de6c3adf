"""What a measurement knows of a server: addresses, processes, start and stop."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

Address = tuple[str, int]
DOMAIN = "example.test"
PASSWORD = "correct-horse-battery"
SERVICES = ("smtp", "submissions", "imap", "imaps", "pop3", "pop3s")
IMPLICIT_TLS = {"submissions", "imaps", "pop3s"}
START_TIMEOUT = 20.0  # seconds


class Died(Exception):
    """A server ended by itself; says what it last wrote."""


class System(Protocol):
    """A mail server that can be measured."""

    name: str
    addresses: dict[str, Address]
    """By service of SERVICES; a system may lack some."""
    log: Path
    """What it writes about itself."""
    settling: float
    """Seconds after its last acknowledgement in which it may still write by itself; a measurement counts them."""

    def start(self) -> None:
        """Start the processes; they need not answer yet."""

    def stop(self) -> None:
        """End them in good order; returns when they are gone."""

    def roots(self) -> list[int]:
        """Process ids of which all its processes descend; none when it is stopped.

        Raises Died: one of them is no more.
        """

    def take_in(self, account: str, maildir: Path) -> None:
        """The account's INBOX, so far empty, holds copies of a Maildir's messages; it may be started anew for that."""


def free_addresses(services: Sequence[str]) -> dict[str, Address]:
    """A free port of 127.0.0.1 for each service."""
    with contextlib.ExitStack() as held:
        sockets = {service: held.enter_context(socket.socket()) for service in services}
        for each in sockets.values():
            each.bind(("127.0.0.1", 0))
        return {service: each.getsockname() for service, each in sockets.items()}


def await_greetings(system: System, tls: ssl.SSLContext) -> None:
    """Return when each service has greeted, those with implicit TLS after their handshake.

    Raises TimeoutError: START_TIMEOUT is over. Raises Died: it will never be.
    """
    deadline = time.monotonic() + START_TIMEOUT
    for service, address in system.addresses.items():
        while not _greets(address, tls if service in IMPLICIT_TLS else None):
            system.roots()
            if time.monotonic() > deadline:
                raise TimeoutError(f"no greeting from {service}: {last_words(system.log)}")
            time.sleep(0.002)


def _greets(address: Address, tls: ssl.SSLContext | None) -> bool:
    try:
        with socket.create_connection(address, timeout=5) as plain:
            connection = plain if tls is None else tls.wrap_socket(plain, server_hostname="127.0.0.1")
            with connection:
                return bool(connection.recv(1000))
    except OSError:
        return False


def last_words(log: Path) -> str:
    """The end of a log, for an error."""
    return log.read_text(errors="replace")[-1000:] if log.exists() else "no log"


def alive(process: subprocess.Popen[bytes] | None, log: Path) -> list[int]:
    """The id of a process we started, or none.

    Raises Died: it has ended.
    """
    if process is not None and process.poll() is not None:
        raise Died(f"status {process.returncode}: {last_words(log)}")
    return [process.pid] if process else []


def end(process: subprocess.Popen[bytes], longest: float = 30.0) -> None:
    """SIGTERM to a process we started, and wait; SIGKILL to it where that is not heard."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    try:
        process.wait(longest)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

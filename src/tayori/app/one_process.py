"""tayori dev: all roles as tasks of one process, which tests use too."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tayori.app.loop import run
from tayori.app.node import node
from tayori.app.roles import begin_life, kept
from tayori.config import Config, ConfigError, load
from tayori.directory import OpenHouse
from tayori.errors import Refusal
from tayori.net import certificates, log_lines, signals, sockets, start
from tayori.net.bus import LocalHints
from tayori.net.certificates import CertificateError
from tayori.net.clock import SystemClock
from tayori.net.connection import Crowd
from tayori.net.listener import Listener
from tayori.net.sockets import PortTaken
from tayori.net.start import CannotStart
from tayori.ports import Directory
from tayori.store import clean

log = logging.getLogger("tayori")

COMMAND_ENDS = 5.0  # seconds that the command of `dev` has to end when we are told to
KILLED = 128  # and the signal's number: what a shell says of a program that a signal ended

DEV = {
    "hostname": "localhost",
    "auth.plaintext_without_tls": "true",
    "auth.mechanisms": '["PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"]',  # any password is right: nothing to prove with
    "limits.connections_per_address": "10000",
    "listen.smtp": "127.0.0.1:1025",
    "listen.submission": "127.0.0.1:1587",
    "listen.submissions": "127.0.0.1:1465",
    "listen.imap": "127.0.0.1:1143",
    "listen.imaps": "127.0.0.1:1993",
    "listen.pop3": "127.0.0.1:1110",
    "listen.pop3s": "127.0.0.1:1995",
}

ANY_PORT = {key: "127.0.0.1:0" for key in DEV if key.startswith("listen.")}


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a developer wants to know when everything listens."""

    addresses: Mapping[str, str]  # service to "host:port"
    ca: Path
    data: Path


@asynccontextmanager
async def everything(config: Config, directory: Directory) -> AsyncIterator[Welcome]:
    """All roles as tasks of this process, for `tayori dev` and for tests. Raises CannotStart, CertificateError."""
    with start.held(config.data):
        ports = sockets.bind_all(config.listen)
        files = certificates.development(config.data / "tls", [config.hostname])
        context = certificates.context([files.pair])
        await begin_life(config)
        hints = LocalHints()
        async with node(config, "w0", directory, hints) as parts:
            hints.on_hint = parts.store.hint
            listener = Listener(Crowd())
            await listener.start((parts.service(name, lambda: context), one) for name, one in sockets.of(ports, 0))
            try:
                async with kept(parts.store):
                    yield Welcome(_addresses(ports), files.ca, config.data)
            finally:
                await listener.stop()
                sockets.close(ports)
        clean.finish(config.data)


def _addresses(ports: Sequence[sockets.Port]) -> dict[str, str]:
    """The first address of each service."""
    first = dict(name.split("=", 1) for name in reversed(sockets.names(ports)))
    return dict(reversed(first.items()))


def dev(directory: Path | None, command: Sequence[str], show: Callable[[Welcome], None]) -> int:
    """Everything on loopback until a signal, or as long as `command` runs; the exit status."""
    log_lines.write()
    if command and shutil.which(command[0]) is None:
        log.error("%s: there is no such program", command[0])
        return 1
    try:
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            return run(_dev(directory.absolute(), command, show))
        with tempfile.TemporaryDirectory(prefix="tayori-") as folder:
            return run(_dev(Path(folder), command, show))
    except OSError as cause:
        log.error("%s: %s; check who owns it and that there is room", cause.filename or "tayori dev", cause.strerror)
    except (CannotStart, CertificateError, ConfigError, Refusal) as cause:
        log.error("%s", cause)
    return 1


async def _dev(directory: Path, command: Sequence[str], show: Callable[[Welcome], None]) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with signals.heard():
        try:
            return await _served(directory, DEV, command, show, stop)
        except PortTaken:
            if not command:
                raise
        # A command is told where the server is, so several may run beside each other.
        return await _served(directory, {**DEV, **ANY_PORT}, command, show, stop)


async def _served(
    directory: Path,
    defaults: Mapping[str, str],
    command: Sequence[str],
    show: Callable[[Welcome], None],
    stop: asyncio.Event,
) -> int:
    """Raises PortTaken, before anything is shown, and what `everything` raises."""
    config = load(None, os.environ, {**_unsaid(defaults), "data": str(directory)})
    async with everything(config, OpenHouse(SystemClock())) as welcome:
        show(welcome)
        if command:
            return await _during(command, welcome, stop)
        await stop.wait()
    return 0


def _unsaid(defaults: Mapping[str, str]) -> dict[str, str]:
    """Those of which the environment says nothing else (TAYORI_LISTEN__SMTP=127.0.0.1:0)."""
    return {
        key: value for key, value in defaults.items() if f"TAYORI_{key.replace('.', '__').upper()}" not in os.environ
    }


async def _during(command: Sequence[str], welcome: Welcome, stop: asyncio.Event) -> int:
    """Run a program that finds the server in its environment: TAYORI_SMTP=127.0.0.1:1025, TAYORI_CA=…"""
    where = {f"TAYORI_{service.upper()}": address for service, address in welcome.addresses.items()}
    program = await asyncio.create_subprocess_exec(*command, env={**os.environ, **where, "TAYORI_CA": str(welcome.ca)})
    ended = asyncio.ensure_future(program.wait())
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not ended.done():
        program.terminate()
        await asyncio.wait({ended}, timeout=COMMAND_ENDS)
    if not ended.done():
        program.kill()
    code = await ended
    return code if code >= 0 else KILLED - code

"""Joins the parts: the one module that names implementations. A function per process role. DESIGN section 4."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import shutil
import signal
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import uvloop

import tayori.sasl
from tayori import imap, pop3, smtp, spool
from tayori.config import Config, ConfigError, load, sessions
from tayori.directory import Directory, OpenHouse
from tayori.imap.session import Session as ImapSession
from tayori.net import certificates, log_lines, sockets, start, systemd
from tayori.net.bus import Bus, LocalHints
from tayori.net.certificates import CertificateError
from tayori.net.clock import SystemClock
from tayori.net.connection import Crowd, Service
from tayori.net.listener import Listener
from tayori.net.role import Bound, Control, Role
from tayori.net.shared import Connections
from tayori.net.shared import Failures as SharedFailures
from tayori.net.start import CannotStart
from tayori.net.workers import supervise
from tayori.pop3.session import Session as Pop3Session
from tayori.ports import Conversation, Hints, Peer
from tayori.ports import Directory as DirectoryPort
from tayori.sasl.mechanism import Mechanism
from tayori.smtp.session import Session as SmtpSession
from tayori.spool import Spool
from tayori.store import Keeper, Store, clean, memory
from tayori.wire.folder import members

log = logging.getLogger("tayori")

GC_THRESHOLDS = (20_000, 20, 20)  # the default looks for cycles after every 700 objects
KEEPER_TURN = 0.9  # seconds from one look of the keeper to the next: the mirror follows within one
KEEPER_REST = 0.1  # seconds between two that last long
LOGIN_WITHIN = 120.0  # seconds that IMAP and POP3 peers may take to log in, however they spend them
NO_LIMIT = float("inf")
NEED_RESTART = ("data", "workers", "user", "listen")  # settings that a reload cannot change

SMTP_SERVICES = frozenset({"smtp", "submission", "submissions", "alternate", "lmtp"})
IMAP_SERVICES = frozenset({"imap", "imaps"})
POP3_SERVICES = frozenset({"pop3", "pop3s"})
SERVED = SMTP_SERVICES | IMAP_SERVICES | POP3_SERVICES
NOWHERE = 'nothing is listened at; name services in [listen], such as imaps = "0.0.0.0:993"'
TOKEN_MECHANISMS = frozenset({"OAUTHBEARER", "XOAUTH2"})
IMPLICIT_TLS = frozenset({"submissions", "imaps", "pop3s"})

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

Contexts = Callable[[], ssl.SSLContext | None]


# ---- One process's parts


@dataclass(slots=True)
class Node:
    """The parts of a process that talks to clients. A new `config` reaches the connections that come after it."""

    config: Config
    mechanisms: Mapping[str, Mechanism]
    directory: DirectoryPort
    store: Store
    spool: Spool
    clock: SystemClock

    @property
    def open_house(self) -> bool:
        """`tayori dev`: whoever wants to log in may, on every port."""
        return isinstance(self.directory, OpenHouse)

    def renew(self, config: Config) -> None:
        """New settings, for what begins from now on."""
        self.config, self.mechanisms = config, offered(config, self.directory)
        self.spool.settings = sessions.spool(config)

    def service(self, name: str, contexts: Contexts) -> Service:
        """What the port `name` offers."""
        implicit = name in IMPLICIT_TLS
        if name in SMTP_SERVICES:
            too_many = b"421 4.7.0 Too many connections\r\n"
            return Service(name, lambda peer: self._smtp(name, peer), too_many, contexts, implicit)
        if name in IMAP_SERVICES:
            too_many = b"* BYE [UNAVAILABLE] Too many connections\r\n"
            return Service(name, self._imap, too_many, contexts, implicit, LOGIN_WITHIN)
        return Service(name, self._pop3, b"-ERR [SYS/TEMP] Too many connections\r\n", contexts, implicit, LOGIN_WITHIN)

    def _smtp(self, service: str, peer: Peer) -> Conversation:
        settings = sessions.smtp(self.config, service)
        if self.open_house:
            settings = replace(settings, login_offered=True)
        return SmtpSession(peer, settings, self.mechanisms, self.spool, self.directory, self.clock)

    def _imap(self, peer: Peer) -> Conversation:
        settings = sessions.imap(self.config)
        return ImapSession(peer, settings, self.mechanisms, self.store, self.spool, self.directory, self.clock)

    def _pop3(self, peer: Peer) -> Conversation:
        settings = sessions.pop3(self.config)
        return Pop3Session(peer, settings, self.mechanisms, self.store, self.directory, self.clock)


def offered(config: Config, directory: DirectoryPort) -> dict[str, Mechanism]:
    """The mechanisms that are both built and wanted, in the settings' order; nobody but dev takes tokens yet."""
    built = {mechanism.name: mechanism for mechanism in members(tayori.sasl, "MECHANISM", Mechanism)}
    if not isinstance(directory, OpenHouse):
        built = {name: mechanism for name, mechanism in built.items() if name not in TOKEN_MECHANISMS}
    return {name: built[name] for name in config.auth.mechanisms if name in built}


@asynccontextmanager
async def node(config: Config, worker: str, directory: DirectoryPort, hints: Hints) -> AsyncIterator[Node]:
    """One process's parts, started; at the end all that waits is committed and settled."""
    clock = SystemClock()
    store = Store(config.data, hints, clock)
    await store.start()
    await spool.replay(config.data, store, worker)  # what a predecessor that died has left
    letters = Spool(config.data, worker, store, directory, clock, sessions.spool(config))
    try:
        await letters.start()
        yield Node(config, offered(config, directory), directory, store, letters, clock)
    finally:
        await letters.drain()
        await store.close()


# ---- tayori serve


@dataclass(slots=True)
class Current:
    """The settings in force, and the TLS that goes with them; the supervisor's is what successors start from."""

    file: Path | None
    overrides: Mapping[str, str]
    config: Config
    context: ssl.SSLContext | None = None

    def renew(self) -> None:
        """All or nothing. Raises ConfigError, CertificateError."""
        config = load(self.file, os.environ, self.overrides)
        self.context = tls_context(config)
        self.config = config

    def check(self) -> str:
        """What is wrong with the settings as they stand now; "" when they are in force."""
        try:
            self.renew()
        except (ConfigError, CertificateError) as cause:
            return str(cause)
        return ""

    def check_and_tell(self) -> str:
        """`check`, once for all processes: the log is told what the new settings cannot change in them."""
        before = self.config
        problem = self.check()
        for name in NEED_RESTART:
            if getattr(self.config, name) != getattr(before, name):
                log.warning("reload: %s is another now, which takes effect at the next start", name)
        return problem


@dataclass(slots=True)
class Shared:
    """What all processes see alike, made before the fork."""

    current: Current
    bus: Bus
    connections: Connections
    failures: SharedFailures


def serve(file: Path | None, overrides: Mapping[str, str]) -> int:
    """The server in the foreground until a signal; the exit status."""
    log_lines.write()
    try:
        return _serve(Current(file, overrides, load(file, os.environ, overrides)))
    except (CannotStart, CertificateError, ConfigError) as cause:
        log.error("%s", cause)
        return 1


def _serve(current: Current) -> int:
    config = current.config
    workers = config.workers or os.cpu_count() or 1
    memory.map_large_blocks()
    _open_as_many_files_as_allowed()
    owner = start.owner(config.data, config.user)
    start.make(config.data, owner)
    with start.held(config.data):
        listen = {name: endpoints for name, endpoints in config.listen.items() if name in SERVED}
        for name in config.listen.keys() - SERVED:
            log.warning("%s is not served by this version", name)
        if not listen:
            raise CannotStart(f"{config.file or 'no settings file'}: {NOWHERE}")
        ports = sockets.bind_all(listen, workers, systemd.passed())
        current.context = tls_context(config)  # keys may be readable by root alone
        start.become(owner)
        shared = Shared(
            current,
            Bus(workers),
            Connections(workers, config.limits.connections_per_address),
            SharedFailures(workers),
        )
        _read_folders(config)
        return supervise(
            [
                Role("front", workers, lambda i, bound, control: _run(_front(shared, i, bound, control)), ports,
                     shared.connections.clear),
                Role("keeper", 1, lambda i, bound, control: _run(_keeper(shared, control))),
            ],
            check=current.check_and_tell,
            first=lambda: _run(_first(current)),
        )  # fmt: skip


def _read_folders(config: Config) -> None:
    """What the protocols consist of is imported here, before the workers: they share it, and no peer waits for it."""
    imap.offer.offer(sessions.imap(config).without)
    pop3.session.offer()
    smtp.session.offer()
    members(tayori.sasl, "MECHANISM", Mechanism)
    import_module("argon2.low_level")  # the directory does it with the first password


async def _first(current: Current) -> int:
    """Before anybody listens."""
    await begin_life(current.config)
    return 0


async def begin_life(config: Config) -> None:
    """A life of DATA begins: what the last one left in the logs of all its workers is carried out."""
    clean.begin(config.data)
    Directory(config.data, config.domains, SystemClock()).close()  # made or migrated by one process alone
    store = Store(config.data, LocalHints(), SystemClock())
    await store.start()
    await spool.replay(config.data, store)
    await store.close()


async def _front(shared: Shared, index: int, bound: Bound, control: Control) -> int:
    """Talks to clients."""
    current = shared.current
    hints = shared.bus.member(index)
    directory = Directory(current.config.data, current.config.domains, SystemClock(), shared.failures.of(index))
    door = shared.connections.door(index)
    async with node(current.config, f"w{index}", directory, hints) as parts:
        hints.open(parts.store.hint, parts.store.look_everywhere)
        listener = Listener(Crowd(door.admit, door.leave))
        await listener.start((parts.service(name, lambda: current.context), one) for name, one in bound)
        control.ready()
        async for event in control.events():
            if event == "reload" and not (problem := current.check()):
                parts.renew(current.config)
                directory.local(current.config.domains)
                shared.connections.limit = current.config.limits.connections_per_address
            elif event == "reload":
                log.error("reload refused here: %s", problem)
        await listener.stop()
        hints.close()
    directory.close()
    return 0


async def _keeper(shared: Shared, control: Control) -> int:
    """Follows all accounts: mirror, checkpoints. The last to stop: it ends the life of DATA in order."""
    config = shared.current.config
    hints = shared.bus.speaker()  # no session follows an account here
    store = Store(config.data, hints, SystemClock())
    await store.start()
    hints.speak()
    async with kept(store):
        control.ready()
        async for _ in control.events():
            pass
    hints.close()
    await store.close()
    clean.finish(config.data)
    return 0


@asynccontextmanager
async def kept(store: Store) -> AsyncIterator[None]:
    """The keeper at its work meanwhile, and once more at the end."""
    keeper = Keeper(store)
    tasks = [asyncio.create_task(_again(work), name="keeper") for work in (keeper.step, keeper.extract)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await keeper.step()
        keeper.close()


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        next_turn = loop.time() + KEEPER_TURN
        await work()
        await asyncio.sleep(max(KEEPER_REST, next_turn - loop.time()))


def tls_context(config: Config) -> ssl.SSLContext:
    """Raises CertificateError, OSError."""
    if config.tls.certificate:
        return certificates.context(list(zip(config.tls.certificate, config.tls.key, strict=True)))
    made = certificates.self_signed(config.data / "tls", config.hostname)
    log.warning("no [tls] certificate is set: clients are shown a self-signed one, %s", made.certificate)
    return certificates.context([made.pair])


# ---- tayori dev


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a developer wants to know when everything listens."""

    addresses: Mapping[str, str]  # service to "host:port"
    ca: Path
    data: Path


@asynccontextmanager
async def everything(config: Config, directory: DirectoryPort) -> AsyncIterator[Welcome]:
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
            return _run(_dev(directory.absolute(), command, show))
        with tempfile.TemporaryDirectory(prefix="tayori-") as folder:
            return _run(_dev(Path(folder), command, show))
    except (CannotStart, CertificateError, ConfigError, OSError) as cause:
        log.error("%s", cause)
        return 1


async def _dev(directory: Path, command: Sequence[str], show: Callable[[Welcome], None]) -> int:
    config = load(None, os.environ, {**_dev_defaults(), "data": str(directory)})
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with everything(config, OpenHouse(SystemClock())) as welcome:
        show(welcome)
        if command:
            return await _during(command, welcome, stop)
        await stop.wait()
    return 0


def _dev_defaults() -> dict[str, str]:
    """DEV, without what the environment says otherwise (TAYORI_LISTEN__SMTP=127.0.0.1:0)."""
    return {key: value for key, value in DEV.items() if f"TAYORI_{key.replace('.', '__').upper()}" not in os.environ}


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
    return await ended


# ---- Both


def _open_as_many_files_as_allowed() -> None:
    """A session holds a descriptor, an open account three; the soft limit is a habit for programs that use select."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _run(main: Coroutine[object, object, int]) -> int:
    """On a loop of its own; what a message leaves behind is freed by counting, so cycles are looked for seldom."""
    gc.set_threshold(*GC_THRESHOLDS)
    return uvloop.run(main)

"""tayori serve: a supervisor, and a process for each role. DESIGN section 4."""

from __future__ import annotations

import logging
import os
import resource
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import tayori.sasl
from tayori import imap, pop3, smtp
from tayori.app.current import Current, tls_context
from tayori.app.loop import run
from tayori.app.node import SERVED
from tayori.app.roles import Shared, first, front, keeper
from tayori.config import Config, ConfigError, load, sessions
from tayori.net import log_lines, sockets, start, systemd
from tayori.net.bus import Bus
from tayori.net.certificates import CertificateError
from tayori.net.role import Role
from tayori.net.shared import Connections, Failures, Right
from tayori.net.start import CannotStart
from tayori.net.workers import supervise
from tayori.sasl.mechanism import Mechanism
from tayori.store import memory
from tayori.wire.folder import members

log = logging.getLogger("tayori")

NOWHERE = 'nothing is listened at; name services in [listen], such as imaps = "0.0.0.0:993"'


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
        ports = _bound(config, workers)
        current.context = tls_context(config)  # keys may be readable by root alone
        start.become(owner)
        shared = Shared(
            current,
            Bus(workers),
            Connections(workers, config.limits.connections_per_address),
            Failures(workers),
            Right(),
        )
        _read_folders(config)
        return supervise(
            [
                Role("front", workers, lambda i, bound, control: run(front(shared, i, bound, control)), ports,
                     shared.connections.clear),
                Role("keeper", 1, lambda i, bound, control: run(keeper(shared, control))),
            ],
            check=current.check_and_tell,
            first=lambda: run(first(current)),
        )  # fmt: skip


def _bound(config: Config, workers: int) -> list[sockets.Port]:
    """A socket for each worker and address. Raises CannotStart: there is none, or one cannot be had."""
    listen = {name: endpoints for name, endpoints in config.listen.items() if name in SERVED}
    for name in config.listen.keys() - SERVED:
        log.warning("%s is not served by this version", name)
    if not listen:
        raise CannotStart(f"{config.file or 'no settings file'}: {NOWHERE}")
    return sockets.bind_all(listen, workers, systemd.passed())


def _read_folders(config: Config) -> None:
    """What the protocols consist of is imported here, before the workers: they share it, and no peer waits for it."""
    imap.offer.offer(sessions.imap(config).without)
    pop3.session.offer()
    smtp.session.offer()
    members(tayori.sasl, "MECHANISM", Mechanism)
    import_module("argon2.low_level")  # the directory does it with the first password


def _open_as_many_files_as_allowed() -> None:
    """A session holds a descriptor, an open account three; the soft limit is a habit for programs that use select."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

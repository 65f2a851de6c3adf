"""The parts of a process that talks to clients, and what each of its ports offers."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from math import inf

import tayori.sasl
from tayori import spool
from tayori.config import Config, sessions
from tayori.directory import OpenHouse
from tayori.imap.session import Session as ImapSession
from tayori.net.clock import SystemClock
from tayori.net.connection import Service
from tayori.pop3.session import Session as Pop3Session
from tayori.ports import Conversation, Directory, Hints, Peer
from tayori.sasl.mechanism import Mechanism
from tayori.smtp.session import Session as SmtpSession
from tayori.spool import Spool
from tayori.store import Store
from tayori.wire.folder import members

LOGIN_WITHIN = 120.0  # seconds that a peer who has to log in may take for it, however it spends them
SMTP_SERVICES = frozenset({"smtp", "submission", "submissions", "alternate", "lmtp"})
IMAP_SERVICES = frozenset({"imap", "imaps"})
POP3_SERVICES = frozenset({"pop3", "pop3s"})
SERVED = SMTP_SERVICES | IMAP_SERVICES | POP3_SERVICES
TOKEN_MECHANISMS = frozenset({"OAUTHBEARER", "XOAUTH2"})
IMPLICIT_TLS = frozenset({"submissions", "imaps", "pop3s"})

Contexts = Callable[[], ssl.SSLContext | None]


@dataclass(slots=True)
class Node:
    """The parts of a process that talks to clients. A new `config` reaches the connections that come after it."""

    config: Config
    mechanisms: Mapping[str, Mechanism]
    directory: Directory
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
            within = LOGIN_WITHIN if sessions.smtp(self.config, name).wants_login else inf
            return Service(name, lambda peer: self._smtp(name, peer), too_many, contexts, implicit, within)
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


def offered(config: Config, directory: Directory) -> dict[str, Mechanism]:
    """The mechanisms that are both built and wanted, in the settings' order; nobody but dev takes tokens yet."""
    built = {mechanism.name: mechanism for mechanism in members(tayori.sasl, "MECHANISM", Mechanism)}
    if not isinstance(directory, OpenHouse):
        built = {name: mechanism for name, mechanism in built.items() if name not in TOKEN_MECHANISMS}
    return {name: built[name] for name in config.auth.mechanisms if name in built}


@asynccontextmanager
async def node(config: Config, worker: str, directory: Directory, hints: Hints) -> AsyncIterator[Node]:
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

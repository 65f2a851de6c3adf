"""A server in memory with two accounts, and SMTP sessions of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aids.directory import MemoryDirectory
from aids.intake import MemoryIntake
from aids.peer import ScriptedPeer
from tayori.delivery.decide import Rules
from tayori.errors import Gone
from tayori.ports import Peer
from tayori.sasl import login, plain
from tayori.smtp.session import Session
from tayori.smtp.settings import Settings

MECHANISMS = {"PLAIN": plain.MECHANISM, "LOGIN": login.MECHANISM}


OPTIONS: dict[str, Callable[[str], object]] = {
    "service": str,
    "message": int,
    "recipients": int,
    "errors": int,
    "plaintext_without_tls": bool,
    "login_offered": bool,
    "login_required": bool,
}
"""A talk's options that are settings, and how they are read."""


class FixedClock:
    """ports.Clock: 24 November 2026, 05:49 UTC."""

    def now(self) -> float:
        return 1_795_499_340.0

    def zone(self) -> int:
        return 540


@dataclass
class Walking:
    """ports.Clock; `pace` seconds pass between two looks at it."""

    pace: float
    seconds: float = 0.0

    def now(self) -> float:
        self.seconds += self.pace
        return self.seconds

    def zone(self) -> int:
        return 0


@dataclass
class House:
    """A server with two accounts; `talk` has a conversation and returns what was said."""

    directory: MemoryDirectory = field(
        default_factory=lambda: MemoryDirectory(
            {"alice@example.org": "wonderland", "bob@example.org": "builder"},
            {"postmaster": ["alice@example.org"], "both@example.org": ["alice@example.org", "bob@example.org"]},
        )
    )
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        self.intake = MemoryIntake(self.directory, self.rules)

    async def fill(self, address: str) -> None:
        """Its mailbox turns out to be full when the next message is committed."""
        self.intake.full.add(address)

    def session(self, peer: Peer, **settings: object) -> Session:
        chosen: dict[str, object] = {"hostname": "mail.example.org", "message": 10000, **settings}
        return Session(peer, Settings(**chosen), MECHANISMS, self.intake, self.directory, FixedClock())  # type: ignore[arg-type]

    def talk(self, *chunks: bytes, secure: bool = False, **settings: object) -> list[bytes]:
        """The answers to the chunks, a line each, without the greeting."""
        peer = ScriptedPeer(chunks, secure=secure)
        session = self.session(peer, **settings)
        try:
            asyncio.run(session.run())
        except Gone:
            pass
        return bytes(peer.sent).splitlines()[1:]

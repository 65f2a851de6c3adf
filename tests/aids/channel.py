"""A SASL channel without a protocol around it: what the client answers is a list. Implements sasl.mechanism.Channel."""

import asyncio
from collections.abc import Collection, Iterable

from aids.directory import MemoryDirectory
from aids.peer import ScriptedPeer
from tayori.model import Identity, Origin
from tayori.sasl.mechanism import Attempt, Channel, Mechanism

ORIGIN = Origin("imap", "192.0.2.7")


class ScriptedChannel:
    """`initial` came with the command; `asked` are the challenges."""

    def __init__(self, answers: Iterable[bytes] = (), initial: bytes | None = None) -> None:
        self._answers = list(answers)
        self._initial = initial
        self.asked: list[bytes] = []

    async def first(self) -> bytes:
        if self._initial is None:
            return await self.ask(b"")
        return self._initial

    def has_first(self) -> bool:
        return self._initial is not None

    async def ask(self, challenge: bytes) -> bytes:
        self.asked.append(challenge)
        return self._answers.pop(0)


def tried(
    mechanism: Mechanism,
    channel: Channel,
    directory: MemoryDirectory,
    peer: ScriptedPeer | None = None,
    offered: Collection[str] = (),
) -> Identity:
    """Who logged in so."""
    attempt = Attempt(channel, directory, ORIGIN, peer or ScriptedPeer(secure=True), offered)

    async def run() -> Identity:
        return await mechanism.run(attempt)

    return asyncio.run(run())

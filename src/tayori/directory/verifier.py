"""Checks passwords beside the loop: Argon2 in two threads, a bounded queue, what was right remembered."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import Protocol

from tayori.directory import passwords
from tayori.errors import TryLater
from tayori.ports import Clock

THREADS = 2
QUEUE = 64  # checks that wait or run; with 20 ms a check the last is heard within a second
REMEMBERED = 300.0  # seconds
MAX_REMEMBERED = 20_000


class Right(Protocol):
    """Marks of what was right lately, each until a time."""

    key: bytes
    """What marks are made with: 32 octets that nobody else knows."""

    def until(self, mark: bytes) -> float:
        """0.0: it was not, or is forgotten."""

    def keep(self, mark: bytes, until: float, now: float) -> None:
        """Others may be forgotten for it, those that are over first."""


class LocalRight:
    """Right, of one process."""

    def __init__(self) -> None:
        self.key = secrets.token_bytes(32)
        self._until: dict[bytes, float] = {}  # oldest first

    def until(self, mark: bytes) -> float:
        return self._until.get(mark, 0.0)

    def keep(self, mark: bytes, until: float, now: float) -> None:
        self._until.pop(mark, None)
        self._until[mark] = until
        while len(self._until) > MAX_REMEMBERED or next(iter(self._until.values())) <= now:
            del self._until[next(iter(self._until))]


class Verifier:
    """Law: what it remembers is a keyed hash over the password and the stored hash; neither can be had from it."""

    def __init__(self, clock: Clock, right: Right) -> None:
        self._clock = clock
        self._right = right
        self._running: dict[bytes, asyncio.Future[bool]] = {}
        self._pool = ThreadPoolExecutor(THREADS, "argon2")
        self._nobody = passwords.argon2_of_nobody()

    def remembers(self, hashed: str, password: str) -> bool:
        """Whether it was right a short while ago: 2 µs."""
        return self._right.until(self._mark(hashed, password)) > self._clock.now()

    async def is_right(self, hashed: str, password: str) -> bool:
        """Raises TryLater: too many wait. The same question asked twice at a time is answered once."""
        mark = self._mark(hashed, password)
        running = self._running.get(mark)
        if running is None:
            running = self._start(mark, hashed, password)
        # Who asks may leave; the thread goes on, and its answer serves the next.
        return await asyncio.shield(running)

    async def nobody(self, password: str) -> None:
        """Take the time that a check takes, for a login that does not exist. Raises TryLater."""
        await self.is_right(self._nobody, password)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self, mark: bytes, hashed: str, password: str) -> "asyncio.Future[bool]":
        if len(self._running) >= QUEUE:
            raise TryLater("Too busy to check passwords, try again")
        running = asyncio.get_running_loop().run_in_executor(self._pool, passwords.verified, hashed, password)
        self._running[mark] = running
        running.add_done_callback(lambda done: self._end(mark, done))
        return running

    def _end(self, mark: bytes, done: "asyncio.Future[bool]") -> None:
        del self._running[mark]
        if not done.cancelled() and done.exception() is None and done.result():
            now = self._clock.now()
            self._right.keep(mark, now + REMEMBERED, now)

    def _mark(self, hashed: str, password: str) -> bytes:
        asked = hashed.encode() + b"\0" + password.encode()
        return blake2b(asked, key=self._right.key, digest_size=16).digest()

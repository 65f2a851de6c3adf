"""Waiting for what other tasks and processes do: by looking again, with a deadline, never by a fixed time."""

import asyncio
import time
from collections.abc import Callable

STEP = 0.005  # seconds between two looks


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Return as soon as `true()`; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # what is waited for knows no event
            await asyncio.sleep(STEP)


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """The same where no loop runs. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not true within {seconds} s")
        time.sleep(STEP)

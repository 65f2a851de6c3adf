"""Whose turn it is of those who have more to do: one goes on in each turn of the loop, in the order they came.

So what a peer says now waits for one slice of work, however many are busy.
"""

import asyncio
from collections import deque


class Turns:
    __slots__ = ("_alone", "_waiting")

    def __init__(self) -> None:
        self._alone = False  # one goes on in the next turn of the loop without being given it
        self._waiting: deque[asyncio.Future[None]] = deque()  # while there are some, `_give` is on its way

    async def next(self) -> None:
        """Return when all others who wait have had their turn."""
        if not self._waiting and not self._alone:
            await self._next_alone()
            return
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._give, loop)
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    async def _next_alone(self) -> None:
        """One turn of the loop instead of two; who comes meanwhile has the one behind it."""
        self._alone = True
        try:
            await asyncio.sleep(0)
        finally:
            self._alone = False

    def _give(self, loop: asyncio.AbstractEventLoop) -> None:
        turn = self._waiting.popleft()
        if not turn.done():  # cancelled
            turn.set_result(None)
        if self._waiting:
            loop.call_soon(self._give, loop)

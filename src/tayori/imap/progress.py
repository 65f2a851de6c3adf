"""Who waits long for an answer is told that there is work going on. RFC 9585."""

from collections.abc import Awaitable, Generator
from typing import Generic, TypeVar

from tayori.imap.session import Session

T = TypeVar("T")

EVERY = 10.0  # seconds of silence until the client is told

INPROGRESS = b"INPROGRESS"


class Progress:
    """How far a command has come; `goal` is 0 where nobody knows."""

    __slots__ = ("_goal", "_session", "_told")

    def __init__(self, session: Session, goal: int = 0) -> None:
        self._session = session
        self._goal = goal
        self._told = session.clock.now()

    async def tell(self, done: int | None = None) -> None:
        """Say so, if nothing was said for long. `done` is None where that is not counted."""
        now = self._session.clock.now()
        if now - self._told < EVERY or INPROGRESS not in self._session.offer.names:
            return
        self._told = now
        counted = b"NIL" if done is None else b"%d" % done
        goal = b"%d" % self._goal if self._goal and done is not None else b"NIL"
        self._session.write(b'* OK [INPROGRESS ("%b" %b %b)] Still at it\r\n' % (self._session.tag, counted, goal))
        await self._session.peer.room()


class Patiently(Generic[T]):
    """`await Patiently(session, work)` is `await work`, and the client is told of it where that takes long.

    Told it can be whenever the work gives the loop back.
    """

    __slots__ = ("_progress", "_work")

    def __init__(self, session: Session, work: Awaitable[T]) -> None:
        self._progress = Progress(session)
        self._work = work

    def __await__(self) -> Generator[object, None, T]:
        work: Generator[object, None, T] = self._work.__await__()
        failure: BaseException | None = None
        while True:
            try:
                waits = work.send(None) if failure is None else work.throw(failure)
            except StopIteration as end:
                result: T = end.value
                return result
            failure = None
            try:
                yield waits
                yield from self._progress.tell().__await__()
            except BaseException as cause:  # noqa: BLE001 (the work's, as with `yield from`: cancelled, gone)
                failure = cause

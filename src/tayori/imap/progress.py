"""Who waits long for an answer is told that there is work going on. RFC 9585."""

from collections.abc import Awaitable, Generator
from types import TracebackType
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


async def patiently(session: Session, work: Awaitable[T]) -> T:
    """What comes of the work; where that takes long, the client is told of it whenever the work gives the loop back."""
    progress, steps = Progress(session), _Steps(work.__await__())
    while not (result := await steps):
        await progress.tell()
    return result[0]


class _Steps(Generator[object, None, tuple[T] | None], Generic[T]):
    """Work that goes on for one step each time it is awaited: the result in a tuple, or None while there is none.

    What is thrown in while it waits (it is cancelled) reaches the work, as with `await work`.
    """

    __slots__ = ("_waits", "_work")

    def __init__(self, work: Generator[object, None, T]) -> None:
        self._work = work
        self._waits = False

    def __await__(self) -> Generator[object, None, tuple[T] | None]:
        return self

    def send(self, _: None) -> object:
        if self._waits:  # resumed: that was one step
            self._waits = False
            raise StopIteration(None)
        self._waits = True
        try:
            return self._work.send(None)
        except StopIteration as end:
            raise StopIteration((end.value,)) from None

    def throw(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> object:
        cause = val if isinstance(val, BaseException) else typ
        try:
            return self._work.throw(cause if isinstance(cause, BaseException) else cause())
        except StopIteration as end:
            raise StopIteration((end.value,)) from None

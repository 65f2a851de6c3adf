"""Threads of the same base subject come together. RFC 5256 section 3, REFERENCES step 5."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

from tayori.imap.forest import Forest
from tayori.imap.ranks import AT_ONCE, ordered, sliced


class Headed(NamedTuple):
    """A thread whose subject is another's too."""

    root: int
    subject: str
    is_reply: bool


class Subjects:
    """Of each message its base subject, whether that tells of a reply, and the rank by when it was sent.

    The first nodes of a forest are the messages; those behind them stand for one that is not there.
    """

    __slots__ = ("_messages", "_ranks", "_replies", "_subjects")

    def __init__(self, subjects: Sequence[str], replies: Sequence[int], ranks: Sequence[int]) -> None:
        self._subjects = subjects
        self._replies = replies
        self._ranks = ranks
        self._messages = len(ranks)

    def gathered(self, forest: Forest) -> Generator[None, None, Forest]:
        """The same forest, which is changed."""
        children = forest.children
        shared = yield from self._shared(children, forest.roots)
        if not shared:
            return forest
        leading = yield from self._leading(shared)
        roots = yield from self._joined(forest, shared, leading)
        for leader in leading.values():
            children.get(leader.root, []).sort(key=self._ranks.__getitem__)
        roots = yield from ordered(roots, lambda some: [self._ranks[first] for first in self._firsts(children, some)])
        return forest._replace(roots=roots)

    def _firsts(self, children: Mapping[int, list[int]], roots: Sequence[int]) -> list[int]:
        """The messages that tell the threads' subjects and dates."""
        return [root if root < self._messages else children[root][0] for root in roots]

    def _shared(self, children: Mapping[int, list[int]], roots: list[int]) -> Generator[None, None, list[Headed]]:
        """In the order of their dates."""
        firsts = yield from sliced(roots, lambda some: self._firsts(children, some))
        times: Counter[str] = Counter()
        for start in range(0, len(firsts), AT_ONCE):
            times.update([self._subjects[first] for first in firsts[start : start + AT_ONCE]])
            yield
        times[""] = 0
        subjects = self._subjects
        chosen = yield from sliced(
            range(len(roots)), lambda some: [at for at in some if times[subjects[firsts[at]]] > 1]
        )
        return [Headed(roots[at], subjects[firsts[at]], bool(self._replies[firsts[at]])) for at in chosen]

    def _leading(self, shared: Sequence[Headed]) -> Generator[None, None, dict[str, Headed]]:
        """Of each subject the thread that the others join. Step 5B."""
        leading: dict[str, Headed] = {}
        for place, one in enumerate(shared):
            if place % AT_ONCE == 0:
                yield
            leader = leading.get(one.subject)
            if leader is None or self._leads(one, leader):
                leading[one.subject] = one
        return leading

    def _leads(self, one: Headed, leader: Headed) -> bool:
        """Whether others of that subject are to stand below it rather than below the leader so far."""
        if leader.root >= self._messages:
            return False
        return one.root >= self._messages or (leader.is_reply and not one.is_reply)

    def _joined(
        self, forest: Forest, shared: Sequence[Headed], leading: dict[str, Headed]
    ) -> Generator[None, None, list[int]]:
        """The roots that are left, in any order; `leading` follows. Step 5C."""
        gone: set[int] = set()
        for place, one in enumerate(shared):
            if place % AT_ONCE == 0:
                yield
            leader = leading[one.subject]
            if leader.root != one.root:
                gone.add(one.root)
                root = self._join(forest, leader, one)
                if root != leader.root:
                    gone.add(leader.root)
                    leading[one.subject] = leader._replace(root=root)
        yield
        return (yield from sliced(forest.roots, lambda some: [root for root in some if root not in gone]))

    def _join(self, forest: Forest, leader: Headed, one: Headed) -> int:
        """The root of both: the leader's, or where neither can stand above the other a new one."""
        children = forest.children
        if leader.root >= self._messages:
            children[leader.root] += children.pop(one.root) if one.root >= self._messages else [one.root]
            return leader.root
        if one.is_reply and not leader.is_reply:
            children.setdefault(leader.root, []).append(one.root)
            return leader.root
        both = forest.stand_in()
        children[both] = [leader.root, one.root]
        forest.roots.append(both)
        return both

"""Which message answers which: THREAD's algorithms, from columns. RFC 5256 section 3, draft-ietf-morg-inthread.

Law: each message stands in one thread, once; nothing recurses, and no step costs more than what was given.
"""

from array import array
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import NamedTuple, Protocol

from tayori.imap import circles
from tayori.imap.forest import Forest
from tayori.imap.ranks import AT_ONCE, dated, ordered, sliced
from tayori.imap.same_subject import Subjects
from tayori.model import Column, Row

MAX_IDENTIFIERS = 1_000_000  # that are remembered of one mailbox; of others nothing is known

NOBODY = -1


class Algorithm(NamedTuple):
    columns: tuple[Column, ...]
    gather: "Callable[[], Gathering]"


class Gathering(Protocol):
    """Takes the rows of messages in the mailbox's order; `steps` is gone through, then there is the `forest`."""

    def add(self, rows: Sequence[Row]) -> None: ...
    def steps(self) -> Iterator[None]: ...
    def forest(self) -> Forest: ...


class BySubject:
    """THREAD=ORDEREDSUBJECT: who has the same base subject answers the first of them."""

    def __init__(self) -> None:
        self._sent: dict[str, list[tuple[int, int]]] = {}  # of each subject (when, uid)

    def add(self, rows: Sequence[Row]) -> None:
        """Of rows (uid, sent, subject)."""
        for uid, sent, subject in rows:
            self._sent.setdefault(subject, []).append((sent, uid))  # type: ignore[arg-type]

    def steps(self) -> Iterator[None]:
        for place, thread in enumerate(self._sent.values()):
            thread.sort()
            if place % AT_ONCE == 0:
                yield

    def forest(self) -> Forest:
        uids = array("I")
        children: dict[int, list[int]] = {}
        roots = []
        for thread in sorted(self._sent.values(), key=lambda thread: thread[0]):
            root = len(uids)
            uids.extend([uid for _, uid in thread])
            roots.append(root)
            if len(thread) > 1:
                children[root] = list(range(root + 1, len(uids)))
        return Forest(uids, children, roots)


class ByReferences:
    """THREAD=REFS: by References alone; threads stand in the order of the newest message in each.

    Messages are nodes in the mailbox's order; who is only named by others comes behind them.
    """

    def __init__(self) -> None:
        self._uids = array("I")
        self._times = array("q")
        self._identifiers: list[bytes] = []
        self._references: list[bytes] = []
        self._subjects: list[str] = []
        self._replies: list[int] = []
        self._numbers: dict[bytes, int] = {}  # nodes by Message-ID
        self._parents = array("i")
        self._leaders = array("i")  # some way up in the tree: shortcuts to its root
        self._answered = bytearray()  # whether somebody stands below
        self._linked: list[int] = []  # those that have parents
        self._circular = False  # a link was left out: somebody would have stood below itself
        self._tails: dict[int, int] = {}  # the last node of a message's references, by their hash
        self._chains = array("i")  # the nodes of each message's references, NOBODY between
        self._ranks: list[int] = []  # of each message by when it was sent
        self._forest = Forest(array("I"), {}, [])

    def add(self, rows: Sequence[Row]) -> None:
        """Of rows (uid, when, message id, references[, subject, is reply])."""
        if rows:
            uids, times, identifiers, references, *subjects = zip(*rows, strict=True)
            self._uids.extend(uids)
            self._times.extend(times)
            self._identifiers.extend(identifiers)
            self._references.extend(references)
            if subjects:
                self._subjects.extend(subjects[0])
                self._replies.extend(subjects[1])

    def forest(self) -> Forest:
        return self._forest

    def steps(self) -> Iterator[None]:
        yield from self._known()
        references = self._references
        for start in range(0, len(references), AT_ONCE):
            for node, named in enumerate(references[start : start + AT_ONCE], start):
                if named:
                    self._follow(node, named)
            yield
        before, parents = NOBODY, self._parents
        for place, node in enumerate(self._chains):
            if before >= 0 and node >= 0 and parents[node] < 0:
                self._link(before, node)
            before = node
            if place % AT_ONCE == 0:
                yield
        if self._circular:
            yield from self._relinked()
        order, self._ranks = yield from dated(self._times)
        self._forest = yield from self._grown(order)

    def _known(self) -> Iterator[None]:
        """All messages as nodes; of several with one Message-ID the first has it."""
        count = len(self._uids)
        self._parents.extend([NOBODY] * count)
        self._leaders.extend(range(count))
        self._answered.extend(bytes(count))
        for stop in range(min(count, MAX_IDENTIFIERS), 0, -AT_ONCE):
            start = max(0, stop - AT_ONCE)
            nodes = range(stop - 1, start - 1, -1)
            self._numbers.update(zip(self._identifiers[start:stop][::-1], nodes, strict=True))
            yield
        self._numbers.pop(b"", None)

    def _follow(self, node: int, references: bytes) -> None:
        """The last of its references is its parent, whatever others say; those before it wait. Step 1."""
        parent = self._numbers.get(references)  # most often it is one
        if parent is None:
            parent = self._tails[hash(references)] = self._last_of(references)
        if parent >= 0:
            self._link(parent, node)

    def _last_of(self, references: bytes) -> int:
        """The last node of the references, which wait to be followed.

        Most often those before the last are the very references of a message that was taken before.
        """
        before, _, last = references.rpartition(b" ")
        tail = self._numbers.get(before, self._tails.get(hash(before))) if before else None
        if tail is None:
            chain = [each for each in map(self._node, references.split()) if each >= 0]
            self._chains.extend(chain)
            self._chains.append(NOBODY)
            return chain[-1] if chain else NOBODY
        node = self._node(last)
        if node >= 0 and self._parents[node] < 0:
            self._chains.extend((tail, node, NOBODY))
        return node if node >= 0 else tail

    def _node(self, identifier: bytes) -> int:
        """The node of that Message-ID; NOBODY for none, or one too many."""
        node = self._numbers.get(identifier, NOBODY)
        if node < 0 and identifier and len(self._numbers) < MAX_IDENTIFIERS:
            node = self._numbers[identifier] = self._new()
        return node

    def _new(self) -> int:
        """A node that is no message."""
        self._leaders.append(len(self._parents))
        self._parents.append(NOBODY)
        self._answered.append(0)
        return len(self._parents) - 1

    def _link(self, parent: int, node: int) -> None:
        """Of a node without a parent; not where it would come to stand below itself."""
        if self._answered[node] and parent != node and self._root(parent) == node:
            self._circular = True
        elif parent != node:
            self._parents[node] = self._leaders[node] = parent
            self._answered[parent] = 1
            self._linked.append(node)

    def _relinked(self) -> Iterator[None]:
        """All links anew, as they come in the mailbox's order."""
        parents = yield from circles.parents(map(self._chain, self._references), len(self._parents))
        if parents is not None:
            self._parents = parents
            self._linked = [node for node, parent in enumerate(parents) if parent >= 0]
            self._leaders = array("i", [parent if parent >= 0 else node for node, parent in enumerate(parents)])

    def _chain(self, references: bytes) -> list[int]:
        return [node for node in map(self._numbers.get, references.split()) if node is not None]

    def _root(self, node: int) -> int:
        leaders = self._leaders
        while leaders[node] != node:
            leaders[node] = node = leaders[leaders[node]]
        return node

    def _grown(self, order: list[int]) -> Generator[None, None, Forest]:
        forest = yield from self._pruned(order)
        newest = self._ranks + [NOBODY] * (len(self._parents) - len(order))  # by the root of the whole tree
        for place, node in enumerate(self._linked):
            if place % AT_ONCE == 0:
                yield
            root = self._root(node)
            if node < len(order) and newest[root] < self._ranks[node]:
                newest[root] = self._ranks[node]
        roots = yield from ordered(forest.roots, lambda some: [newest[self._root(root)] for root in some])
        return forest._replace(roots=roots)

    def _pruned(self, order: list[int]) -> Generator[None, None, Forest]:
        """Without nodes that stand for nobody, but roots that hold several together. Steps 2 to 4.

        The roots are in the order of their first messages.
        """
        above = yield from self._above()
        children: dict[int, list[int]] = {}
        heads = list(range(len(order)))  # the root that each message stands for in the order of roots
        for place, node in enumerate(self._linked):
            if place % AT_ONCE == 0:
                yield
            if node < len(order):
                children.setdefault(above[node], []).append(node)
                heads[node] = NOBODY
        for some in children.values():
            if len(some) > 1:
                some.sort(key=self._ranks.__getitem__)
        for node in [node for node in children if node >= len(order)]:
            below = children[node]
            heads[below[0]] = below[0] if len(below) == 1 else node
            if len(below) == 1:
                del children[node]
        yield
        roots = yield from sliced(order, lambda some: [heads[node] for node in some if heads[node] >= 0])
        return Forest(self._uids + array("I", [0]) * (len(above) - len(order)), children, roots)

    def _above(self) -> "Generator[None, None, array[int]]":
        """Of each node the nearest one above it that is a message, or else the root, or NOBODY."""
        parents, count = self._parents, len(self._uids)
        above = array("i", parents)
        settled = bytearray(len(above))
        for place, node in enumerate(self._linked if len(above) > count else ()):
            if place % AT_ONCE == 0:
                yield
            way = []
            while not settled[node] and parents[node] >= count:
                settled[node] = 1
                way.append(node)
                node = parents[node]
            for below in reversed(way):
                if above[parents[below]] >= 0:
                    above[below] = above[parents[below]]
        return above


class ByReferencesAndSubject(ByReferences):
    """THREAD=REFERENCES: threads of the same base subject come together."""

    def _grown(self, order: list[int]) -> Generator[None, None, Forest]:
        forest = yield from self._pruned(order)
        return (yield from Subjects(self._subjects, self._replies, self._ranks).gathered(forest))


ORDERED_SUBJECT = Algorithm((Column.SENT, Column.SUBJECT), BySubject)
REFERENCES = Algorithm(
    (Column.SENT, Column.MESSAGE_ID, Column.REFERENCES, Column.SUBJECT, Column.IS_REPLY), ByReferencesAndSubject
)
REFS = Algorithm((Column.ARRIVAL, Column.MESSAGE_ID, Column.REFERENCES), ByReferences)

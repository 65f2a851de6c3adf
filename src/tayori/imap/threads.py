"""Which message answers which: THREAD's algorithms, from columns. RFC 5256 section 3, draft-ietf-morg-inthread.

Law: each message stands in one thread, once; nothing recurses, and no step costs more than what was given.
"""

from array import array
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from tayori.model import Column, Row

MAX_IDENTIFIERS = 1_000_000  # that are remembered of one mailbox; of others nothing is known
LINKED = 2000  # references that are followed in one go
WRITTEN = 2000  # messages that are written in one go

NOBODY = -1


class Forest(NamedTuple):
    """Nodes by number; `uids` has 0 for one that stands for a message that is not there."""

    uids: Sequence[int]
    children: Mapping[int, list[int]]
    roots: list[int]


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
            if place % LINKED == 0:
                yield

    def forest(self) -> Forest:
        uids: list[int] = []
        children: dict[int, list[int]] = {}
        roots = []
        for thread in sorted(self._sent.values(), key=lambda thread: thread[0]):
            root = len(uids)
            uids += [uid for _, uid in thread]
            roots.append(root)
            if len(thread) > 1:
                children[root] = list(range(root + 1, len(uids)))
        return Forest(uids, children, roots)


class ByReferences:
    """THREAD=REFS: by References alone; threads stand in the order of the newest message in each."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}  # nodes by Message-ID
        self._parents = array("i")
        self._leaders = array("i")  # some way up in the tree: shortcuts to its root
        self._uids = array("I")
        self._times = array("q")
        self._subjects: dict[int, tuple[str, bool]] = {}
        self._forest = Forest((), {}, [])
        self._tails: dict[int, int] = {}  # the last node of a message's references, by their hash
        self._chains = array("i")  # the nodes of each message's references, NOBODY between

    def add(self, rows: Sequence[Row]) -> None:
        """Of rows (uid, when, message id, references[, subject, is reply])."""
        for uid, when, identifier, references, *subject in rows:
            node = self._numbers.get(identifier, NOBODY)  # type: ignore[arg-type]
            is_new = node < 0  # nobody has named it
            if is_new:
                node = self._node(identifier)  # type: ignore[arg-type]
            if node < 0 or self._uids[node]:
                node, is_new = self._new(), True  # it has no Message-ID, or another's
            self._uids[node], self._times[node] = uid, when  # type: ignore[assignment]
            if subject:
                self._subjects[node] = (subject[0], bool(subject[1]))  # type: ignore[assignment]
            if references:
                self._follow(node, is_new, references)  # type: ignore[arg-type]

    def _follow(self, node: int, is_new: bool, references: bytes) -> None:
        """The last of its references is its parent, whatever others say; those before it wait. Step 1."""
        parent = self._last_of(references)
        self._tails[hash(references)] = parent
        if parent < 0 or self._parents[node] >= 0:
            return
        if is_new and parent != node:
            self._parents[node] = self._leaders[node] = parent  # there is nobody below it
        else:
            self._link(parent, node)

    def _last_of(self, references: bytes) -> int:
        """The last node of the references, which wait to be followed.

        Most often those before the last are the very references of a message that was taken before.
        """
        before, _, last = references.rpartition(b" ")
        tail = self._tails.get(hash(before)) if before else None
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
        self._leaders.append(len(self._parents))
        self._parents.append(NOBODY)
        self._uids.append(0)
        self._times.append(0)
        return len(self._parents) - 1

    def _link(self, parent: int, node: int) -> None:
        """Of a node without a parent; not where it would come to stand below itself."""
        if self._root(parent) != node:
            self._parents[node] = self._leaders[node] = parent

    def _root(self, node: int) -> int:
        leaders = self._leaders
        while leaders[node] != node:
            leaders[node] = node = leaders[leaders[node]]
        return node

    def steps(self) -> Iterator[None]:
        before, parents = NOBODY, self._parents
        for place, node in enumerate(self._chains):
            if before >= 0 and node >= 0 and parents[node] < 0:
                self._link(before, node)
            before = node
            if place % LINKED == 0:
                yield
        self._forest = yield from self._grown()

    def forest(self) -> Forest:
        return self._forest

    def _grown(self) -> Generator[None, None, Forest]:
        forest = yield from self._pruned()
        newest = yield from self._newest(forest)
        forest.roots.sort(key=newest.__getitem__)
        return forest

    def _newest(self, forest: Forest) -> Generator[None, None, dict[int, tuple[int, int]]]:
        """When the newest message of each thread came, and its UID."""
        newest = {}
        for place, root in enumerate(forest.roots):
            if place % LINKED == 0:
                yield
            waiting, found = [root], []
            while waiting:
                node = waiting.pop()
                found.append((self._times[node], self._uids[node]))
                waiting += forest.children.get(node, ())
            newest[root] = max(found)
        return newest

    def _pruned(self) -> Generator[None, None, Forest]:
        """Without nodes that stand for nobody, but roots that hold several together. Steps 2 to 4."""
        above = yield from self._above()
        children: dict[int, list[int]] = {}
        roots = []
        for node, uid in enumerate(self._uids):
            if node % LINKED == 0:
                yield
            if uid:
                if above[node] >= 0:
                    children.setdefault(above[node], []).append(node)
                else:
                    roots.append(node)
        for node in [node for node in children if not self._uids[node]]:
            if len(children[node]) == 1:
                roots += children.pop(node)
            else:
                roots.append(node)
        for some in children.values():
            if len(some) > 1:
                some.sort(key=self._when)
        return Forest(self._uids, children, roots)

    def _above(self) -> "Generator[None, None, array[int]]":
        """Of each node the nearest one above it that is a message, or else the root, or NOBODY."""
        parents, uids = self._parents, self._uids
        above = array("i", parents)
        settled = bytearray(len(above))
        for start in range(len(above)):
            if start % LINKED == 0:
                yield
            node, way = start, []
            while not settled[node] and parents[node] >= 0 and not uids[parents[node]]:
                settled[node] = 1
                way.append(node)
                node = parents[node]
            for below in reversed(way):
                if above[parents[below]] >= 0:
                    above[below] = above[parents[below]]
        return above

    def _when(self, node: int) -> tuple[int, int]:
        return self._times[node], self._uids[node]


class ByReferencesAndSubject(ByReferences):
    """THREAD=REFERENCES: threads of the same base subject come together."""

    def _grown(self) -> Generator[None, None, Forest]:
        forest = yield from self._pruned()
        children: dict[int, list[int]] = dict(forest.children)
        first = {root: self._first(children, root) for root in forest.roots}
        roots = sorted(forest.roots, key=lambda root: self._when(first[root]))
        yield
        roots = yield from self._gathered(roots, children, first)
        return Forest(self._uids, children, sorted(roots, key=lambda root: self._when(self._first(children, root))))

    def _first(self, children: Mapping[int, list[int]], root: int) -> int:
        """The message that tells the thread's subject and date."""
        return root if self._uids[root] else children[root][0]

    def _gathered(
        self, roots: list[int], children: dict[int, list[int]], first: dict[int, int]
    ) -> Generator[None, None, list[int]]:
        """The roots, in the order of their dates, that are left. Step 5."""
        leading: dict[str, int] = {}
        for place, root in enumerate(roots):
            if place % LINKED == 0:
                yield
            subject, is_reply = self._subjects[first[root]]
            leader = leading.get(subject)
            if subject and (leader is None or self._leads(root, is_reply, leader, first)):
                leading[subject] = root
        left: dict[int, None] = dict.fromkeys(roots)
        for place, root in enumerate(roots):
            if place % LINKED == 0:
                yield
            subject, is_reply = self._subjects[first[root]]
            leader = leading.get(subject, root)
            if leader == root:
                continue
            del left[root]
            if not self._uids[leader]:
                children[leader] += children.pop(root) if not self._uids[root] else [root]
            elif is_reply and not self._subjects[first[leader]][1]:
                children.setdefault(leader, []).append(root)
            else:
                both = leading[subject] = self._new()
                children[both] = [leader, root]
                del left[leader]
                left[both] = None
        yield
        for leader in leading.values():
            if len(children.get(leader, ())) > 1:
                children[leader].sort(key=self._when)
        yield
        return list(left)

    def _leads(self, root: int, is_reply: bool, leader: int, first: dict[int, int]) -> bool:
        """Whether others of that subject are to stand below it rather than below the leader so far. Step 5B."""
        if not self._uids[leader]:
            return False
        return not self._uids[root] or (self._subjects[first[leader]][1] and not is_reply)


def written(forest: Forest) -> "Iterator[tuple[bytes, array[int]]]":
    """The threads as they go on the wire, some at a time, and the UIDs that belong there, in that order.

    (b"(%d %d (%d %d)(%d %d %d))", [3, 6, 4, 23, 44, 7, 96]). RFC 5256 section 4.
    """
    pieces: list[bytes] = []
    uids = array("I")
    for root in forest.roots:
        if root in forest.children:
            _write(forest, root, pieces, uids)
        else:
            pieces.append(b"(%d)")
            uids.append(forest.uids[root])
        if len(uids) >= WRITTEN:
            yield b"".join(pieces), uids
            pieces, uids = [], array("I")
    if pieces:
        yield b"".join(pieces), uids


def _write(forest: Forest, root: int, pieces: list[bytes], uids: "array[int]") -> None:
    """One thread, with `uids` of those in it."""
    children, nobody = forest.children, list[int]()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node < 0:
            pieces.append(b")")
            continue
        way = [node]
        while len(below := children.get(node, nobody)) == 1:
            node = below[0]
            way.append(node)
        here = [uid for uid in map(forest.uids.__getitem__, way) if uid]
        uids.extend(here)
        pieces.append(b"(" + b" ".join([b"%d"] * len(here)))
        if not below:
            pieces.append(b")")
            continue
        if here:
            pieces.append(b" ")
        waiting.append(NOBODY)
        if children.keys().isdisjoint(below):
            uids.extend([forest.uids[each] for each in below])
            pieces.append(b"(%d)" * len(below))
        else:
            waiting += reversed(below)


ORDERED_SUBJECT = Algorithm((Column.SENT, Column.SUBJECT), BySubject)
REFERENCES = Algorithm(
    (Column.SENT, Column.MESSAGE_ID, Column.REFERENCES, Column.SUBJECT, Column.IS_REPLY), ByReferencesAndSubject
)
REFS = Algorithm((Column.ARRIVAL, Column.MESSAGE_ID, Column.REFERENCES), ByReferences)

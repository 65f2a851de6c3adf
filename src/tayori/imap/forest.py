"""Threads as a forest, and as THREAD tells them. RFC 5256 section 4."""

from array import array
from collections.abc import Iterator
from typing import NamedTuple

WRITTEN = 2000  # messages that are written in one go

CLOSING = -1  # stands where a parenthesis closes, among nodes that are to be written


class Forest(NamedTuple):
    """Nodes by number; `uids` has 0 for one that stands for a message that is not there."""

    uids: "array[int]"
    children: dict[int, list[int]]
    roots: list[int]

    def stand_in(self) -> int:
        """A node more, for a message that is not there."""
        self.uids.append(0)
        return len(self.uids) - 1


def written(forest: Forest) -> Iterator[tuple[bytes, list[int]]]:
    """The threads as they go on the wire, some at a time, and the UIDs that belong there, in that order.

    (b"(%d %d (%d %d)(%d %d %d))", [3, 6, 4, 23, 44, 7, 96]). RFC 5256 section 4.
    """
    pieces: list[bytes] = []
    uids: list[int] = []
    numbers, children = forest.uids, forest.children
    for root in forest.roots:
        below = children.get(root)
        if below is None:
            pieces.append(b"(%d)")
            uids.append(numbers[root])
        elif len(below) == 1 and numbers[root] and below[0] not in children:  # a question and its answer
            pieces.append(b"(%d %d)")
            uids += (numbers[root], numbers[below[0]])
        else:
            _write(forest, root, pieces, uids)
        if len(uids) >= WRITTEN:
            yield b"".join(pieces), uids
            pieces, uids = [], []
    if pieces:
        yield b"".join(pieces), uids


def _write(forest: Forest, root: int, pieces: list[bytes], uids: list[int]) -> None:
    """One thread, with `uids` of those in it."""
    children, nobody = forest.children, list[int]()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node == CLOSING:
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
        waiting.append(CLOSING)
        if children.keys().isdisjoint(below):
            uids.extend([forest.uids[each] for each in below])
            pieces.append(b"(%d)" * len(below))
        else:
            waiting += reversed(below)

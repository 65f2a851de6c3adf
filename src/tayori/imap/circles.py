"""References that run in a circle: whose link came first in the mailbox stays. RFC 5256 section 3, REFERENCES step 1.

Where there is no circle the order in which messages are taken makes no difference, and threads.py takes a faster one.
"""

from array import array
from collections.abc import Generator, Iterable, Sequence
from itertools import pairwise

NOBODY = -1
LOOKS = 1_000_000  # in all, for what stands above a node; hostile references would want the square of their number
LINKED = 2000  # messages that are linked in one go


class Linking:
    """The parents of so many nodes, while one message after the other says what it knows."""

    __slots__ = ("looks", "parents")

    def __init__(self, nodes: int) -> None:
        self.parents = array("i", [NOBODY]) * nodes
        self.looks = LOOKS

    def take(self, node: int, references: Sequence[int]) -> None:
        """A message's references, as nodes: links between them give way to older ones, its own to the last does not."""
        for before, after in pairwise(references):
            if self.parents[after] < 0 and not self._is_above(after, before):
                self.parents[after] = before
        if references and not self._is_above(node, references[-1]):
            self.parents[node] = references[-1]

    def _is_above(self, node: int, other: int) -> bool:
        """Whether `other` is the node, or stands below it."""
        while other >= 0 and other != node:
            other = self.parents[other]
            self.looks -= 1
        return other == node


def parents(messages: Iterable[Sequence[int]], nodes: int) -> Generator[None, None, "array[int] | None"]:
    """The parent of each node, by the references of the first of them, the messages; None: it would take too long."""
    linking = Linking(nodes)
    for node, references in enumerate(messages):
        linking.take(node, references)
        if linking.looks < 0:
            return None
        if node % LINKED == 0:
            yield
    return linking.parents

"""imap/circles.py: in a circle the link stays that came first, and no circle costs the square of what was given."""

from hypothesis import given
from hypothesis import strategies as st

from tayori.imap import circles

NODES = 12
CHAINS = st.lists(st.lists(st.integers(0, NODES - 1), max_size=5), max_size=NODES)


def parents(messages: list[list[int]], nodes: int) -> list[int] | None:
    """What is given in the end."""
    linking = circles.parents(messages, nodes)
    try:
        while True:
            next(linking)
    except StopIteration as end:
        return None if end.value is None else list(end.value)


def test_the_first_link_of_a_circle_stays() -> None:
    assert parents([[], [2, 0], [1]], 3) == [2, 0, -1]


def test_a_message_says_best_whom_it_answers() -> None:
    assert parents([[3, 1], [2]], 4) == [1, 2, -1, -1]


@given(CHAINS)
def test_nobody_stands_below_itself(messages: list[list[int]]) -> None:
    found = parents(messages, NODES)
    assert found is not None
    for node in range(NODES):
        steps = 0
        while node >= 0:
            node, steps = found[node], steps + 1
            assert steps <= NODES


def test_links_that_would_take_too_long_are_given_up() -> None:
    deep = [[max(0, node - 1)] for node in range(2_000)]
    assert parents(deep, len(deep)) is None

"""Threads: each message stands once, where RFC 5256 section 3 puts it, whatever its references say."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.imap import circles, threads
from tayori.imap.forest import written
from tayori.imap.threads import REFERENCES, REFS, Algorithm, ByReferences, ByReferencesAndSubject, BySubject
from tayori.model import Row


def said(gathering: threads.Gathering, rows: list[Row]) -> str:
    gathering.add(rows)
    for _ in gathering.steps():
        pass
    return b"".join(piece % tuple(uids) for piece, uids in written(gathering.forest())).decode()


def mail(uid: int, identifier: str, references: str = "", subject: str = "", when: int | None = None) -> Row:
    is_reply = subject.startswith("re: ")
    base = subject.removeprefix("re: ")
    return (uid, uid if when is None else when, identifier.encode(), references.encode(), base, int(is_reply))


BY_REFERENCES = [
    ("nothing", [], ""),
    ("no references", [mail(1, "<a>"), mail(2, "<b>")], "(1)(2)"),
    ("by date", [mail(1, "<a>", when=9), mail(2, "<b>", when=8)], "(2)(1)"),
    ("a reply", [mail(1, "<a>"), mail(2, "<b>", "<a>")], "(1 2)"),
    ("a reply that comes first", [mail(1, "<b>", "<a>"), mail(2, "<a>")], "(2 1)"),
    ("two replies", [mail(1, "<a>"), mail(2, "<b>", "<a>"), mail(3, "<c>", "<a>")], "(1 (2)(3))"),
    (
        "RFC 5256 section 4",
        [mail(2, "<2>"), mail(3, "<3>"), mail(6, "<6>", "<3>"), mail(4, "<4>", "<3> <6>"), mail(23, "<23>", "<4>"),
         mail(44, "<44>", "<6>"), mail(7, "<7>", "<44>"), mail(96, "<96>", "<7>")],
        "(2)(3 6 (4 23)(44 7 96))",
    ),
    ("who is missing between", [mail(1, "<a>"), mail(2, "<c>", "<a> <b>")], "(1 2)"),
    ("who is missing above one", [mail(2, "<c>", "<a> <b>")], "(2)"),
    ("who is missing above two", [mail(1, "<b>", "<a>"), mail(2, "<c>", "<a>")], "((1)(2))"),
    ("missing ones in a row", [mail(1, "<d>", "<a> <b>"), mail(2, "<e>", "<a> <c>")], "((1)(2))"),
    ("itself", [mail(1, "<a>", "<a>")], "(1)"),
    ("a loop", [mail(1, "<a>", "<b>"), mail(2, "<b>", "<a>")], "(2 1)"),
    ("a circle", [mail(1, "<a>"), mail(2, "<b>", "<c> <a>"), mail(3, "<c>", "<b>")], "(3 1 2)"),
    ("a circle by one missing", [mail(1, "<b>", "<c> <a>"), mail(2, "<c>", "<b>")], "(2 1)"),
    ("a Message-ID twice", [mail(1, "<a>"), mail(2, "<a>"), mail(3, "<b>", "<a>")], "(1 3)(2)"),
    ("no Message-ID", [mail(1, ""), mail(2, "", "<a>"), mail(3, "<a>")], "(1)(3 2)"),
    ("the last reference counts", [mail(1, "<a>"), mail(2, "<b>"), mail(3, "<c>", "<b> <a>")], "(2 1 3)"),
    ("a subject", [mail(1, "<a>", subject="one"), mail(2, "<b>", subject="re: one")], "(1 2)"),
    ("a reply first", [mail(1, "<a>", subject="re: one"), mail(2, "<b>", subject="one")], "(2 1)"),
    ("a subject twice", [mail(1, "<a>", subject="one"), mail(2, "<b>", subject="one")], "((1)(2))"),
    ("thrice", [mail(uid, f"<{uid}>", subject="one") for uid in (1, 2, 3)], "((1)(2)(3))"),
    ("replies alone", [mail(uid, f"<{uid}>", subject="re: one") for uid in (1, 2)], "((1)(2))"),
    (
        "a subject of one missing",
        [mail(1, "<b>", "<a>", "re: one"), mail(2, "<c>", "<a>", "re: one"), mail(3, "<d>", subject="one")],
        "((1)(2)(3))",
    ),
    (
        "a subject of two missing",
        [mail(1, "<b>", "<a>", "one"), mail(2, "<c>", "<a>"), mail(3, "<e>", "<d>", "one"), mail(4, "<f>", "<d>")],
        "((1)(2)(3)(4))",
    ),
    (
        "one missing comes later",
        [mail(1, "<z>", subject="one"), mail(2, "<b>", "<a>", "one"), mail(3, "<c>", "<a>", "one")],
        "((1)(2)(3))",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"), [row[1:] for row in BY_REFERENCES], ids=[row[0] for row in BY_REFERENCES]
)
def test_threads_by_references_and_subject(rows: list[Row], expected: str) -> None:
    assert said(ByReferencesAndSubject(), rows) == expected


def test_refs_goes_by_references_alone_and_the_newest_thread_comes_last() -> None:
    rows = [mail(1, "<a>", "", "s"), mail(2, "<b>", "", "s"), mail(3, "<c>", "<a>", "s"), mail(4, "<e>", "<d>", "s")]
    assert said(ByReferences(), [row[:4] for row in rows]) == "(2)(1 3)(4)"


def test_ordered_subject_has_two_levels() -> None:
    rows: list[Row] = [(1, 5, "b"), (2, 4, "a"), (3, 3, "b"), (4, 6, "b"), (5, 6, "b")]
    assert said(BySubject(), rows) == "(3 (1)(4)(5))(2)"


def test_identifiers_beyond_the_limit_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MAX_IDENTIFIERS", 2)
    rows = [mail(1, "<a>"), mail(2, "<b>", "<a>"), mail(3, "<c>", "<b>"), mail(4, "<d>", "<c>")]
    assert said(ByReferencesAndSubject(), rows) == "(1 2 3)(4)"


def test_links_stay_as_they_were_taken_where_a_circle_costs_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circles, "LOOKS", -1)
    rows = [mail(1, "<a>"), mail(2, "<b>", "<c> <a>"), mail(3, "<c>", "<b>")]
    assert said(ByReferencesAndSubject(), rows) == "(1 2 3)"


@pytest.mark.parametrize("algorithm", [REFERENCES, REFS])
def test_a_chain_of_thousands_is_one_thread(algorithm: Algorithm) -> None:
    count = 20_000
    rows = [mail(uid, f"<{uid}>", f"<{uid - 1}>") for uid in range(1, count + 1)]
    random.Random(1).shuffle(rows)
    assert said(algorithm.gather(), rows).count("(") == 1


def test_a_subject_of_thousands_is_one_thread() -> None:
    rows = [mail(uid, "", "", "s") for uid in range(1, 5001)]
    assert said(ByReferencesAndSubject(), rows).count("(") == 5001


IDENTIFIERS = st.sampled_from(["", "<a>", "<b>", "<c>", "<d>", "<e>", "<f>"])
REFERENCE_LISTS = st.lists(IDENTIFIERS, max_size=4).map(" ".join)
MAILS = st.lists(st.tuples(IDENTIFIERS, REFERENCE_LISTS, st.sampled_from(["", "s", "re: s", "t"]), st.integers(0, 3)))


@given(MAILS, st.sampled_from([REFERENCES, REFS]))
def test_each_message_stands_once(mails: list[tuple[str, str, str, int]], algorithm: Algorithm) -> None:
    rows = [mail(uid, *each) for uid, each in enumerate(mails, 1)]
    text = said(algorithm.gather(), rows)
    assert sorted(map(int, re.findall(r"\d+", text))) == list(range(1, len(rows) + 1))
    assert text.count("(") == text.count(")")


def sets(text: str, rows: list[Row]) -> set[frozenset[object]]:
    """Of each thread the Message-IDs."""
    names = {row[0]: row[2] for row in rows}
    depth, threads_, numbers = 0, set(), list[object]()
    for token in re.findall(r"[()]|\d+", text):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token.isdigit():
            numbers.append(names[int(token)])
        elif not depth:
            threads_.add(frozenset(numbers))
            numbers = []
    return threads_


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20), st.randoms(use_true_random=False), st.integers(1, 4))
def test_in_whatever_order_they_come_the_threads_are_the_same(
    answered: list[int], chance: random.Random, known: int
) -> None:
    """Message n answers one before it, and names so many of those above."""
    above: list[list[int]] = []
    for number, answer in enumerate(answered):
        parent = answer % (number + 1) - 1
        above.append([*above[parent], parent] if parent >= 0 else [])
    told = [(f"<{number}>", " ".join(f"<{each}>" for each in chain[-known:])) for number, chain in enumerate(above)]
    rows = [mail(uid, *each) for uid, each in enumerate(told, 1)]
    chance.shuffle(told)
    others = [mail(uid, *each) for uid, each in enumerate(told, 1)]
    assert sets(said(REFS.gather(), rows), rows) == sets(said(REFS.gather(), others), others)

"""FUZZY: other forms of the words, their beginnings, and how well a message matches. RFC 6203.

A word is found in whatever begins with its stem: "invoices" finds "invoice" and "invoicing". Chinese and Japanese part
no words, so what is written in them is found anywhere. All words must be there, in any order.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from tayori.message import text
from tayori.model import BodyHas, Buffer, HeaderHas, TextHas
from tayori.store import extract, scanning
from tayori.store.extract import Text
from tayori.store.narrowing import without
from tayori.store.sought import Key, Sought, columns
from tayori.store.texts import Coverage, Texts

SHORTEST = 4  # letters that a stem keeps
FORMS = ("ings", "ing", "ies", "ed", "es", "er", "e", "s", "y")  # the longest first; what is left is the stem
BEGINNING = 0.5  # what a longer word counts, beside the word itself
IN_HEADER = 3.0  # what the header counts, beside the body
ENOUGH = 1.2  # BM25's k1: how soon more of the same adds nothing
TYPICAL = 2000  # octets: a longer text counts less

_WIDE = "\u3005\u3006\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS = "0-9a-z\u00c0-\u1fff\u2070-\u2fff\ua000-\uf8ff\ufb00-\ufffd\U00010000-\U0001ffff"  # as folding leaves them
_WORDS = re.compile(f"[{_WIDE}]+|[{_LETTERS}]+")
_IS_WIDE = re.compile(f"[{_WIDE}]")

# A word begins and ends where no letter or digit goes on: ASCII, or of two octets in UTF-8, which no wide one has.
_BEGINNING = rb"(?<![0-9a-z])(?<![\xc3-\xdf][\x80-\xbf])"
_END = rb"(?![0-9a-z\xc3-\xdf])"


class Term(NamedTuple):
    stem: bytes  # what must occur, in UTF-8
    pattern: re.Pattern[bytes]  # an occurrence; its group is None where it is another word with that stem


def terms(sought: str) -> list[Term]:
    """The words of a text that is looked for, folded, each once; none where it is made of signs alone."""
    pieces = map(text.fold, sought.split())  # each by itself: folding joins what is wide
    return [_term(word) for word in dict.fromkeys(word for piece in pieces for word in _WORDS.findall(piece))]


def _term(word: str) -> Term:
    octets = extract.octets(word)
    if _IS_WIDE.match(word):
        return Term(octets, re.compile(b"%b()" % re.escape(octets)))
    stem = extract.octets(_stem(word))
    ending = re.escape(octets[len(stem) :])
    return Term(stem, re.compile(rb"%b%b(?:%b%b()|)" % (_BEGINNING, re.escape(stem), ending, _END)))


def _stem(word: str) -> str:
    for form in FORMS:
        if word.endswith(form) and len(word) - len(form) >= SHORTEST:
            return word[: -len(form)]
    return word


class Likened:
    """A text that is looked for so, in the extract or in the message itself: both give the same answer."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._terms = terms(key.text)
        self._exact = Sought(key)  # for what has no words

    async def among(self, opened: Texts, coverage: Coverage, uids: set[int]) -> set[int]:
        """Those that match, of `uids` that are extracted. Raises OSError."""
        if not self._terms:
            return await self._exact.among(opened, coverage, uids)
        needle = max((term.stem for term in self._terms), key=len)
        gaps = await scanning.excluded(opened, [term.stem for term in self._terms])
        found: set[int] = set()
        for column in columns(self._key, opened):
            runs = without(await coverage.runs(opened, column, uids), gaps)
            ordinals = await scanning.holding(opened, column, runs, needle)
            found |= coverage.uids(ordinals) & uids - found
        return await scanning.filtered(found, lambda uid: self.score(opened.told(coverage.ordinals[uid])) > 0)

    def in_message(self, content: Buffer) -> bool:
        return self.score(extract.text_of(content)) > 0

    def score(self, told: Text) -> float:
        """How well it matches: above 0 where each of the words occurs."""
        if not self._terms:
            return 1.0 if self._exact.in_texts(told) else 0.0
        return score(self._terms, _parts(self._key, told))


def _parts(key: Key, told: Text) -> list[tuple[float, bytes]]:
    """The texts that the key looks into, and how much each counts."""
    match key:
        case HeaderHas(name, _):
            return [(1.0, b"\n".join(extract.field_values(told.header, name)))]
        case BodyHas():
            return [(1.0, told.body)]
        case TextHas():
            return [(IN_HEADER, told.header), (1.0, told.body)]


def score(wanted: Sequence[Term], told: Sequence[tuple[float, bytes]]) -> float:
    """How well the texts match: above 0 where each of the terms occurs, below the number of terms."""
    octets = sum(len(said) for _, said in told)
    slope = ENOUGH * (0.25 + 0.75 * octets / TYPICAL)
    total = 0.0
    for term in wanted:
        weight = sum(counts * _weight(term, said) for counts, said in told)
        if not weight:
            return 0.0
        total += weight / (weight + slope)
    return total


def _weight(term: Term, said: bytes) -> float:
    return sum(BEGINNING if whole is None else 1.0 for whole in (found[1] for found in term.pattern.finditer(said)))


def relevancy(scores: Sequence[float]) -> list[int]:
    """Scores as RFC 6203 section 4 wants them: 1 to 100, the best 100."""
    best = max(scores, default=0.0)
    return [max(1, round(100 * each / best)) if best else 1 for each in scores]

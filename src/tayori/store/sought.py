"""A text that SEARCH looks for, in the extract or in the message itself: both give the same answer.

Law: what is compared is folded, and holds no line feed; so nothing is found across two fields or two mails.
"""

import re

from tayori.message import header, structure, text
from tayori.model import BodyHas, Buffer, HeaderHas, Snapshot, TextHas
from tayori.store import extract, texts
from tayori.store.catalog import Catalog
from tayori.store.texts import Column, Coverage, Texts

Key = HeaderHas | BodyHas | TextHas

_NAME = re.compile(rb"[!-9;-~]+")  # RFC 5322 section 2.2


class Sought:
    def __init__(self, key: Key) -> None:
        self._key = key
        self._wanted = extract.octets(text.fold(key.text))
        self._name = key.name.lower().encode("utf-8", "surrogatepass") if isinstance(key, HeaderHas) else b""
        self._nowhere = isinstance(key, HeaderHas) and not _NAME.fullmatch(self._name)

    async def among(
        self, mailbox_id: int, catalog: Catalog, snapshot: Snapshot, uids: set[int]
    ) -> tuple[set[int], set[int]]:
        """Those that have it, and those for which this is the whole answer. Raises OSError, TryLater."""
        if self._nowhere:
            return set(), uids
        opened, coverage = await texts.of_mailbox(catalog, mailbox_id, snapshot)
        covered = uids.intersection(coverage.ordinals)
        if not covered:
            return set(), covered
        if not self._wanted and not self._name:
            return covered, covered
        return covered & await self._found(opened, coverage, covered), covered

    async def _found(self, opened: Texts, coverage: Coverage, uids: set[int]) -> set[int]:
        found: set[int] = set()
        for column in self._columns(opened):
            runs = await coverage.runs(opened, column, uids)
            if self._name:
                needle = self._wanted or b"\n%b: " % self._name
                ordinals = await texts.holding(opened, column, runs, needle, lambda at: self._in_field(opened, at))
            else:
                ordinals = await texts.holding(opened, column, runs, self._wanted)
            found |= coverage.uids(ordinals)
        return found

    def _columns(self, opened: Texts) -> tuple[Column, ...]:
        match self._key:
            case HeaderHas():
                return (opened.header,)
            case BodyHas():
                return (opened.body,)
            case TextHas():
                return (opened.header, opened.body)

    def _in_field(self, opened: Texts, ordinal: int) -> bool:
        return extract.has_field(opened.text(opened.header, ordinal), self._name, self._wanted)

    def in_message(self, content: Buffer) -> bool:
        """Whether the message has it."""
        raw, lf = content
        match self._key:
            case HeaderHas():
                root = structure.parse(raw[: header.header_end(raw)[0]], lf)
                return not self._nowhere and extract.has_field(extract.header_text(root), self._name, self._wanted)
            case BodyHas():
                return self._wanted in extract.octets(text.fold(text.searchable(raw, lf)[1]))
            case TextHas():
                told = extract.text_of(content)
                return self._wanted in told.header or self._wanted in told.body

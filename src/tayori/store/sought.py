"""A text that SEARCH looks for, in the extract or in the message itself: both give the same answer.

Law: what is compared is folded, and holds no line feed; so nothing is found across two fields or two mails.
"""

from tayori.message import header, structure, text
from tayori.model import BodyHas, Buffer, HeaderHas, TextHas
from tayori.store import extract, scanning
from tayori.store.extract import Text
from tayori.store.narrowing import without
from tayori.store.texts import Column, Coverage, Texts

Key = HeaderHas | BodyHas | TextHas


class Sought:
    def __init__(self, key: Key) -> None:
        self._key = key
        self._wanted = extract.octets(text.fold(key.text))

    async def among(self, opened: Texts, coverage: Coverage, uids: set[int]) -> set[int]:
        """Those that have it, of `uids` that are extracted. Raises OSError."""
        gaps = await scanning.excluded(opened, [self._wanted])
        if isinstance(self._key, HeaderHas):
            name = extract.field_name(self._key.name)
            runs = without(await coverage.runs(opened, opened.header, uids), gaps)
            return uids & coverage.uids(await scanning.in_field(opened, runs, name, self._wanted) if name else ())
        if not self._wanted:
            return uids
        found: set[int] = set()
        for column in columns(self._key, opened):
            runs = without(await coverage.runs(opened, column, uids), gaps)
            found |= coverage.uids(await scanning.holding(opened, column, runs, self._wanted))
        return uids & found

    def in_message(self, content: Buffer) -> bool:
        """Whether the message has it."""
        raw, lf = content
        if isinstance(self._key, HeaderHas):
            block = raw[: header.header_end(raw)[0]]
            return self.in_texts(Text(extract.header_text(structure.parse(block, lf)), b"", b""))
        return self.in_texts(extract.text_of(content))

    def in_texts(self, told: Text) -> bool:
        match self._key:
            case HeaderHas(name, _):
                return extract.has_field(told.header, name, self._wanted)
            case BodyHas():
                return self._wanted in told.body
            case TextHas():
                return self._wanted in told.header or self._wanted in told.body


def columns(key: Key, opened: Texts) -> tuple[Column, ...]:
    """Where the key looks."""
    match key:
        case HeaderHas():
            return (opened.header,)
        case BodyHas():
            return (opened.body,)
        case TextHas():
            return (opened.header, opened.body)

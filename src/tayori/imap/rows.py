"""FETCH responses, column by column: one template writes a whole portion of messages. RFC 3501 section 7.4.2."""

from collections.abc import Sequence
from dataclasses import dataclass

from tayori.imap.fetch_items import Attribute
from tayori.imap.flags import FlagTexts
from tayori.imap.view import Portion
from tayori.model import Ranges
from tayori.ports import Mailbox

Column = Sequence[int | bytes | str]


@dataclass(frozen=True, slots=True)
class Form:
    """What each response has, in this order; `open` ones go on with what is read out of the message."""

    uid: bool
    flags: bool
    attributes: tuple[Attribute, ...]
    open: bool = False
    by_uid: bool = False  # UIDFETCH instead of numbers, RFC 9586 section 3.3

    def template(self) -> bytes:
        """b"* %d FETCH (UID %d FLAGS (%b) RFC822.SIZE %d)\\r\\n"."""
        items = [b"UID %d"] if self.uid else []
        items += [b"FLAGS (%b)"] if self.flags else []
        items += [attribute.form for attribute in self.attributes]
        end = b")\r\n"
        if self.open:
            end = b" " if items else b""
        return b"* %%d %b (%b%b" % (b"UIDFETCH" if self.by_uid else b"FETCH", b" ".join(items), end)

    def written(self, portion: Portion, values: Sequence[Column], texts: FlagTexts) -> list[bytes]:
        """A response a message; `values` are the attributes' columns."""
        columns: list[Column] = [portion.uids if self.by_uid else portion.numbers]
        if self.uid:
            columns.append(portion.uids)
        if self.flags:
            columns.append([texts[bits] for bits in portion.flags])
        return list(map(self.template().__mod__, zip(*columns, *values, strict=True)))


async def attribute_values(
    mailbox: Mailbox, ranges: Ranges, portion: Portion, attributes: Sequence[Attribute]
) -> tuple[Sequence[Column], Portion]:
    """The columns beside the portion, which is left without what is gone; the ranges cover it, and may hold more."""
    if not attributes or not portion.uids:
        return [() for _ in attributes], portion
    rows = await mailbox.rows(ranges, tuple(attribute.column for attribute in attributes))
    if len(rows) > len(portion.uids):
        chosen = set(portion.uids)
        rows = [row for row in rows if row[0] in chosen]
    if len(rows) != len(portion.uids):
        portion = portion.among({row[0] for row in rows})
    return list(zip(*rows, strict=True))[1:] if rows else [() for _ in attributes], portion

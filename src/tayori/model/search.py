"""What SEARCH looks for. RFC 3501 section 6.4.4. Sequence numbers and RECENT are UIDs before they come here."""

from enum import Enum
from typing import NamedTuple

from tayori.model.mailbox import Ranges


class DateField(Enum):
    INTERNAL = "internal"  # BEFORE ON SINCE
    SENT = "sent"  # SENTBEFORE SENTON SENTSINCE
    SAVED = "saved"  # SAVEDBEFORE …, RFC 8514


class All(NamedTuple):
    """Every message."""


class Uids(NamedTuple):
    ranges: Ranges


class HasFlag(NamedTuple):
    flag: str  # "\\Seen", or a keyword in any case


class Before(NamedTuple):
    """The day in `field`, its own zone disregarded, is before `day` (datetime.date.toordinal)."""

    field: DateField
    day: int


class On(NamedTuple):
    field: DateField
    day: int


class Since(NamedTuple):
    field: DateField
    day: int


class Larger(NamedTuple):
    octets: int


class Smaller(NamedTuple):
    octets: int


class Younger(NamedTuple):
    """Internal date within so many seconds before now. RFC 5032."""

    seconds: int


class ModSeqFrom(NamedTuple):
    modseq: int


class HeaderHas(NamedTuple):
    """A field of that name whose decoded text contains `text`; "" asks for the field alone."""

    name: str
    text: str


class BodyHas(NamedTuple):
    text: str


class TextHas(NamedTuple):
    text: str


class Fuzzy(NamedTuple):
    """What the text index takes for a match: other forms of the words, their beginnings. RFC 6203."""

    key: "HeaderHas | BodyHas | TextHas"


class HasEmailId(NamedTuple):
    id: str  # RFC 8474 section 5.3


class HasThreadId(NamedTuple):
    id: str


class Not(NamedTuple):
    key: "SearchKey"


class Or(NamedTuple):
    keys: tuple["SearchKey", ...]


class And(NamedTuple):
    keys: tuple["SearchKey", ...]


SearchKey = (
    All | Uids | HasFlag | Before | On | Since | Larger | Smaller | Younger | ModSeqFrom | HeaderHas | BodyHas
    | TextHas | Fuzzy | HasEmailId | HasThreadId | Not | Or | And
)  # fmt: skip

"""What the heads of the log's records say, as MessagePack. Fields are added at an end, with defaults for older logs."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

import msgspec

from tayori.model import Replaced, Store


class Message(msgspec.Struct, array_like=True):
    """Envelope and Plan of a message; its content stands behind in the log, or in spool/large."""

    id: str  # the spool id
    sender: str | None  # for Return-Path; None: appended, and no trace fields go in front
    stores: list[Store]
    received: int  # seconds UTC
    zone: int  # minutes east of UTC
    size: int  # octets of the content
    large: bool  # the content is spool/large/<id>
    replaces: Replaced | None = None
    nth: int = 0  # of those that are carried out together or not at all; their sequences follow each other
    of: int = 1


class Place(msgspec.Struct, array_like=True):
    """Where the `nth` of a message's stores came to lie."""

    sequence: int
    nth: int
    mailbox: str
    uid_validity: int
    uid: int


class Missed(msgspec.Struct, array_like=True):
    """The `nth` of a message's stores is not to be carried out: whom it was for was told so."""

    sequence: int
    nth: int


class Placed(msgspec.Struct, array_like=True):
    places: list[Place]
    missed: list[Missed] = []


class Withdrawn(msgspec.Struct, array_like=True):
    """Messages that nobody was promised: they are not to be carried out."""

    sequences: list[int]


class Settled(msgspec.Struct, array_like=True):
    """Everything up to this sequence is on the disk, outside the log."""

    sequence: int


class Carried(Protocol):
    """What has a message's note."""

    @property
    def message(self) -> Message: ...


C = TypeVar("C", bound=Carried)


def groups(carried: Iterable[C]) -> Iterator[list[C]]:
    """Those that belong together as one; none of them is missing."""
    group: list[C] = []
    for each in carried:
        group.append(each)
        if each.message.nth + 1 == each.message.of:
            yield group
            group = []


encode = msgspec.msgpack.Encoder().encode
decode_message = msgspec.msgpack.Decoder(Message).decode
decode_placed = msgspec.msgpack.Decoder(Placed).decode
decode_withdrawn = msgspec.msgpack.Decoder(Withdrawn).decode
decode_settled = msgspec.msgpack.Decoder(Settled).decode

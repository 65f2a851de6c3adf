"""What the heads of the log's records say, as MessagePack."""

import msgspec

from tayori.model import Store


class Message(msgspec.Struct, array_like=True):
    """Envelope and Plan of a message; its content stands behind in the log, or in spool/large."""

    id: str  # the spool id
    sender: str | None  # for Return-Path; None: appended, and no trace fields go in front
    stores: list[Store]
    received: int  # seconds UTC
    zone: int  # minutes east of UTC
    size: int  # octets of the content
    large: bool  # the content is spool/large/<id>


class Place(msgspec.Struct, array_like=True):
    """Where the `nth` of a message's stores came to lie."""

    sequence: int
    nth: int
    mailbox: str
    uid_validity: int
    uid: int


class Placed(msgspec.Struct, array_like=True):
    places: list[Place]


class Withdrawn(msgspec.Struct, array_like=True):
    """Messages that nobody was promised: they are not to be carried out."""

    sequences: list[int]


class Settled(msgspec.Struct, array_like=True):
    """Everything up to this sequence is on the disk, outside the log."""

    sequence: int


encode = msgspec.msgpack.Encoder().encode
decode_message = msgspec.msgpack.Decoder(Message).decode
decode_placed = msgspec.msgpack.Decoder(Placed).decode
decode_withdrawn = msgspec.msgpack.Decoder(Withdrawn).decode
decode_settled = msgspec.msgpack.Decoder(Settled).decode

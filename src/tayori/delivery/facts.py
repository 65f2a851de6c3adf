"""What a header tells of the way a message came, and whether it goes in circles. RFC 5321 section 6.3."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from tayori.errors import MailLoop
from tayori.model import Action, Store

MAX_RECEIVED = 100  # Received fields; RFC 5321 section 6.3 wants at least that many borne

_DELIVERED_TO = re.compile(rb"\ndelivered-to[ \t]*:[ \t]*<?([^\r\n>]*)")


class Facts(NamedTuple):
    """What matters for the decision, from the header block alone."""

    received: int  # how many Received fields
    delivered_to: frozenset[str]  # lower case
    has_message_id: bool
    has_date: bool
    has_from: bool


def facts(header_block: bytes) -> Facts:
    """Line ends may be CRLF or LF. Fields folded before their colon are not seen; nobody writes them."""
    block = b"\n" + header_block.lower()
    return Facts(
        received=block.count(b"\nreceived:"),
        delivered_to=_delivered_to(block),
        has_message_id=_has(block, b"message-id"),
        has_date=_has(block, b"date"),
        has_from=_has(block, b"from"),
    )


def refuse_loops(found: Facts, actions: Iterable[Action]) -> None:
    """Raises MailLoop: too many hops, or a mailbox that the message has been delivered to before."""
    if found.received > MAX_RECEIVED:
        raise MailLoop(f"The message has passed more than {MAX_RECEIVED} servers")
    if not found.delivered_to:
        return
    for action in actions:
        if isinstance(action, Store) and action.delivered_to.lower() in found.delivered_to:
            raise MailLoop(f"The message was already delivered to {action.delivered_to}")


def _delivered_to(block: bytes) -> frozenset[str]:
    if b"\ndelivered-to" not in block:
        return frozenset()
    return frozenset(value.strip().decode("utf-8", "replace") for value in _DELIVERED_TO.findall(block))


def _has(block: bytes, name: bytes) -> bool:
    if b"\n" + name + b":" in block:
        return True
    return re.search(rb"\n" + name + rb"[ \t]+:", block) is not None  # RFC 5322 section 4.5, obsolete

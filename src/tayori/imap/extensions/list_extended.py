"""LIST-EXTENDED: which mailboxes LIST gives, and what of each. RFC 5258."""

from tayori.imap.grammar import Arguments
from tayori.imap.list_options import ListRequest
from tayori.imap.offer import Extension
from tayori.model import MailboxInfo


def _is_subscribed(info: MailboxInfo) -> bool:
    return info.subscribed


def _subscribed_attribute(info: MailboxInfo) -> bytes:
    return b"\\Subscribed" if info.subscribed else b""


def _subscribed(arguments: Arguments, wanted: ListRequest) -> None:
    """Also names that are not there any more; the attribute comes with it. RFC 5258 section 3.1."""
    wanted.selections[b"SUBSCRIBED"] = _is_subscribed
    wanted.subscriptions = True
    _tell_subscribed(arguments, wanted)


def _tell_subscribed(_: Arguments, wanted: ListRequest) -> None:
    if _subscribed_attribute not in wanted.attributes:
        wanted.attributes.append(_subscribed_attribute)


def _recursive(_: Arguments, wanted: ListRequest) -> None:
    wanted.recursive = True


def _nothing(_: Arguments, __: ListRequest) -> None:
    """REMOTE: there are no remote mailboxes. CHILDREN: that is always told."""


EXTENSION = Extension(
    rfc="5258",
    capability=b"LIST-EXTENDED",
    list_selections={b"SUBSCRIBED": _subscribed, b"REMOTE": _nothing, b"RECURSIVEMATCH": _recursive},
    list_returns={b"SUBSCRIBED": _tell_subscribed, b"CHILDREN": _nothing},
)

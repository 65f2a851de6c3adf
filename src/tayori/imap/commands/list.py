"""LIST and LSUB. RFC 3501 sections 6.3.8 and 6.3.9; \\HasChildren, RFC 3348; special uses, RFC 6154."""

from collections.abc import Iterable

from tayori.imap import mailbox_name, reply
from tayori.imap.grammar import Arguments
from tayori.imap.mailbox_name import Pattern
from tayori.imap.session import LOGGED_IN, Session, Verb
from tayori.model import DELIMITER, INBOX, MailboxInfo

ROWS_AT_ONCE = 500  # after which others get a turn

_ROOT = b'(\\Noselect) "/" ""'


async def list_mailboxes(session: Session, arguments: Arguments) -> None:
    await _answer(session, arguments, b"LIST")


async def list_subscriptions(session: Session, arguments: Arguments) -> None:
    await _answer(session, arguments, b"LSUB")


async def _answer(session: Session, arguments: Arguments, name: bytes) -> None:
    _, mailboxes = session.account_mail()
    arguments.space()
    reference = mailbox_name.text(arguments.astring())
    arguments.space()
    pattern = arguments.list_mailbox()
    arguments.end()
    if not pattern:  # RFC 3501 section 6.3.8: asks for the delimiter and the root's name
        session.write(b"* %b %b\r\n" % (name, _ROOT))
        return
    rows = _ROWS[name](await mailboxes.listing(), Matcher(reference + pattern))
    for at in range(0, len(rows), ROWS_AT_ONCE):
        session.write(b"".join([b"* %b %b\r\n" % (name, row) for row in rows[at : at + ROWS_AT_ONCE]]))
        await session.peer.room()


class Matcher:
    """A pattern; INBOX, and what is below it, is met in any case. RFC 3501 section 5.1."""

    __slots__ = ("_inbox", "_pattern")

    def __init__(self, pattern: str) -> None:
        self._pattern = Pattern(pattern)
        self._inbox = Pattern(pattern[: len(INBOX)].upper() + pattern[len(INBOX) :])

    def matches(self, name: str) -> bool:
        return self._pattern.matches(name) or (name.startswith(INBOX) and self._inbox.matches(name))


def parents(infos: Iterable[MailboxInfo]) -> set[str]:
    """The names that have children."""
    return {name.rpartition(DELIMITER)[0] for name, *_ in infos if DELIMITER in name}


def listed(infos: list[MailboxInfo], matcher: Matcher) -> list[bytes]:
    """What LIST says of the mailboxes that match; subscriptions to what is not there are LSUB's."""
    there = [info for info in infos if info.id]
    with_children = parents(there)
    return [row(info, info.name in with_children) for info in there if matcher.matches(info.name)]


def row(info: MailboxInfo, children: bool) -> bytes:
    attributes = [] if info.selectable else [b"\\Noselect"]
    attributes.append(b"\\HasChildren" if children else b"\\HasNoChildren")
    attributes += [info.special_use.encode("ascii")] if info.special_use else []
    return b'(%b) "/" %b' % (b" ".join(attributes), reply.mailbox(info.name))


def subscribed(infos: list[MailboxInfo], matcher: Matcher) -> list[bytes]:
    """What LSUB says: also, as \\Noselect, a level that matches and only stands above what is subscribed to."""
    own = [info.name for info in infos if info.subscribed]
    names = {name: b"()" for name in own if matcher.matches(name)}
    for name in own:
        while DELIMITER in name and not matcher.matches(name):
            name = type(name)(name.rpartition(DELIMITER)[0])
            if matcher.matches(name):
                names.setdefault(name, b"(\\Noselect)")
    return [b'%b "/" %b' % (attributes, reply.mailbox(name)) for name, attributes in names.items()]


_ROWS = {b"LIST": listed, b"LSUB": subscribed}

VERBS = (Verb(b"LIST", list_mailboxes, LOGGED_IN), Verb(b"LSUB", list_subscriptions, LOGGED_IN))

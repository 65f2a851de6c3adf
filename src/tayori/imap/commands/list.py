"""LIST and LSUB. RFC 3501 sections 6.3.8 and 6.3.9; \\HasChildren, RFC 3348; special uses, RFC 6154.

What RFC 5258 adds to LIST's arguments is read here, and is empty where no extension brings options.
"""

from collections.abc import Container, Iterable, Sequence
from contextlib import suppress

from tayori.errors import NoSuchMailbox, ProtocolError, TooMany
from tayori.imap.grammar import Arguments
from tayori.imap.list_options import MAX_PATTERNS, ListRequest, Matcher, options
from tayori.imap.offer import LOGGED_IN, Offer, Verb
from tayori.imap.session import Session
from tayori.model import DELIMITER, MailboxInfo, MailboxName
from tayori.ports import Peer

ROWS_AT_ONCE = 100  # after which others get a turn
MATCHES_AT_ONCE = 1000  # of one name with one pattern: each takes about 10 microseconds

_ROOT = b'(\\Noselect) "/" ""'


async def list_mailboxes(session: Session, arguments: Arguments) -> None:
    _, mailboxes = session.account_mail()
    wanted, patterns = _request(arguments, session.offer)
    if patterns is None:
        session.write(b"* LIST %b\r\n" % _ROOT)
        return
    wanted.patterns = [Matcher(pattern) for pattern in patterns]
    infos = await _listed(session, await mailboxes.listing(), wanted)
    for at in range(0, len(infos), ROWS_AT_ONCE):
        some = infos[at : at + ROWS_AT_ONCE]
        selectable = [info.name for info, _ in some if info.selectable]
        tellers = [await sequel(session, selectable) for sequel in wanted.sequels]
        for info, row in some:
            session.write(b"* LIST %b\r\n" % row)
            for tell in tellers if info.selectable else ():
                with suppress(NoSuchMailbox):  # deleted since the listing was made
                    await tell(info.name)
        await session.peer.room()


async def list_subscriptions(session: Session, arguments: Arguments) -> None:
    _, mailboxes = session.account_mail()
    arguments.space()
    reference = arguments.mailbox_text()
    arguments.space()
    matcher = Matcher(reference + arguments.list_mailbox())
    arguments.end()
    for name, attributes in _subscribed(await mailboxes.listing(), matcher).items():
        session.write(b'* LSUB %b "/" %b\r\n' % (attributes, session.spelt(name)))


# ---- what is asked for


def _request(arguments: Arguments, offer: Offer) -> tuple[ListRequest, list[str] | None]:
    """(selections) reference pattern RETURN (options); of RFC 3501 are reference and pattern. RFC 5258 section 6.

    Instead of patterns None where the delimiter and the root's name are asked for, RFC 3501 section 6.3.8; what is
    extended passes over empty patterns, RFC 9051 section 6.3.9.
    """
    wanted = ListRequest(known_status=offer.status)
    arguments.space()
    extended = bool(offer.list_selections) and arguments.next_is(b"(")
    if extended:
        options(arguments, wanted, offer.list_selections)
        if wanted.recursive and not wanted.selections:
            raise ProtocolError("RECURSIVEMATCH wants another option beside it")
        arguments.space()
    reference = arguments.mailbox_text()
    arguments.space()
    if offer.list_selections and arguments.next_is(b"("):
        extended = True
        names = arguments.list_of(arguments.list_mailbox)
        if len(names) > MAX_PATTERNS:
            raise TooMany(f"More than {MAX_PATTERNS} patterns")
    else:
        names = [arguments.list_mailbox()]
    if offer.list_returns and arguments.skip_word(b" RETURN "):
        extended = True
        options(arguments, wanted, offer.list_returns)
    arguments.end()
    patterns = [reference + name for name in names if name]
    return wanted, patterns if patterns or extended else None


# ---- what is answered


async def _listed(session: Session, infos: list[MailboxInfo], wanted: ListRequest) -> list[tuple[MailboxInfo, bytes]]:
    """Those that match and are selected, each with what LIST says of it."""
    there = [info for info in infos if info.id or wanted.subscriptions]
    with_children = {name.rpartition(DELIMITER)[0] for name, id, *_ in there if id and DELIMITER in name}
    matching = await _matching(session.peer, [info.name for info in there], wanted)
    above: set[str] = set()
    parents: set[str] = set()
    if wanted.recursive:
        above, parents = _above_unlisted(there, wanted, matching), _above_selected(there, wanted)
        missing = above.difference(info.name for info in there)
        matching |= await _matching(session.peer, list(missing), wanted)
        there += [MailboxInfo(MailboxName(name), "", "", subscribed=False, selectable=False) for name in missing]
    return [
        (info, row(info, wanted, info.name in with_children, info.name in parents) % session.spelt(info.name))
        for info in there
        if info.name in matching and (info.name in above or wanted.selects(info))
    ]


async def _matching(peer: Peer, names: Sequence[str], wanted: ListRequest) -> set[str]:
    """Those that a pattern matches; others get a turn after so many names and patterns."""
    matching: set[str] = set()
    at_once = MATCHES_AT_ONCE // (len(wanted.patterns) or 1)
    for at in range(0, len(names), at_once):
        matching.update(name for name in names[at : at + at_once] if wanted.matches(name))
        await peer.room()
    return matching


def _above_unlisted(infos: list[MailboxInfo], wanted: ListRequest, matching: Container[str]) -> set[str]:
    """The levels above those that are selected, where these are not listed themselves. RFC 5258 section 3.5."""
    return _above_selected((info for info in infos if info.name not in matching), wanted)


def _above_selected(infos: Iterable[MailboxInfo], wanted: ListRequest) -> set[str]:
    """The levels above those that are selected: CHILDINFO is told of them where they are listed."""
    return {parent for info in infos if wanted.selects(info) for parent in _levels_above(info.name)}


def row(info: MailboxInfo, wanted: ListRequest, children: bool, above: bool) -> bytes:
    """All but the name, for which it leaves a place; `above`: what it stands above is selected."""
    attributes = [] if info.selectable else [b"\\Noselect" if info.id else b"\\NonExistent"]
    attributes.append(b"\\HasChildren" if children else b"\\HasNoChildren")
    attributes += [attribute for attribute in (tell(info) for tell in wanted.attributes) if attribute]
    attributes += [info.special_use.encode("ascii")] if info.special_use else []
    bases = b" ".join(b'"%b"' % base for base in wanted.selections)
    child_info = b' ("CHILDINFO" (%b))' % bases if above else b""
    return b'(%b) "/" %%b%b' % (b" ".join(attributes), child_info)


def _levels_above(name: str) -> Iterable[str]:
    """ "a/b/c" gives "a/b" and "a"."""
    while DELIMITER in name:
        name = name.rpartition(DELIMITER)[0]
        yield name


def _subscribed(infos: list[MailboxInfo], matcher: Matcher) -> dict[str, bytes]:
    """What LSUB says: also, as \\Noselect, a level that matches and only stands above what is subscribed to."""
    own = [info.name for info in infos if info.subscribed]
    names: dict[str, bytes] = {name: b"()" for name in own if matcher.matches(name)}
    for name in own:
        if not matcher.matches(name):
            above = (level for level in _levels_above(name) if matcher.matches(level))
            names.update({level: b"(\\Noselect)" for level in above if level not in names})
    return names


VERBS = (Verb(b"LIST", list_mailboxes, LOGGED_IN), Verb(b"LSUB", list_subscriptions, LOGGED_IN))

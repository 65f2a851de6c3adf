"""STORE and UID STORE. RFC 3501 sections 6.4.6 and 6.4.8; UNCHANGEDSINCE, RFC 7162 section 3.1.3."""

from itertools import chain

from tayori.errors import Expunged
from tayori.imap.flags import RECENT
from tayori.imap.grammar import Arguments
from tayori.imap.limits import newest
from tayori.imap.offer import State, Verb
from tayori.imap.sequence import set_of, slices
from tayori.imap.session import TOLD_AT_ONCE, Session
from tayori.imap.store_items import RESULT, Change, change
from tayori.imap.view import Portion, View, flags_of
from tayori.model import Snapshot


async def store(session: Session, arguments: Arguments) -> bytes | None:
    """Raises Expunged: some were gone; the others are changed. RFC 2180 section 4.2."""
    return await _stored(session, arguments, by_uid=False)


async def uid_store(session: Session, arguments: Arguments) -> bytes | None:
    return await _stored(session, arguments, by_uid=True)


async def _stored(session: Session, arguments: Arguments, by_uid: bool) -> bytes | None:
    wanted = change(arguments, session.offer.store)
    view = session.writable()
    if wanted.unchanged_since is not None:
        session.enable(b"CONDSTORE")  # RFC 7162 section 3.1
    spans, before = newest(session, view, view.spans(wanted.chosen, by_uid)), view.now
    if not spans:
        return None
    stored = await view.mailbox.store(view.ranges(spans), wanted.change, wanted.flags, wanted.unchanged_since)
    chosen = frozenset(chain.from_iterable(view.uids[first:stop] for first, stop in spans))
    own = chosen.difference(stored.refused)
    for news in await view.advance(expunges=False):
        others = news.changed.without(own)
        if wanted.silent:
            # What others have changed meanwhile is told all the same. RFC 3501 section 6.4.6
            expected = _as_expected(view, before, news.changed.among(own), wanted)
            others = news.changed.without(expected)
            await session.tell_attributes(view, news.changed.among(expected))
        await session.tell(view, news._replace(changed=others))
    if not wanted.silent:
        for portion in slices(spans, TOLD_AT_ONCE):  # changed or not: the client has asked for them
            await session.tell_flags(view, view.portion(portion).among(own))
    if not by_uid and not chosen.isdisjoint(view.gone):
        raise Expunged("Some of these messages are gone")
    return _modified(stored.refused if by_uid else view.numbers(stored.refused))


def _as_expected(view: View, before: Snapshot, own: Portion, wanted: Change) -> frozenset[int]:
    """The UIDs whose flags are what this STORE alone would have made of those told before."""
    bit = {name.lower(): 1 << place for place, name in enumerate(view.texts.names)}
    bits = 0
    for flag in wanted.flags:
        bits |= bit.get(flag.lower().encode("ascii"), 0)
    had = flags_of(before, own.uids)
    result = {was: RESULT[wanted.change](was, bits) for was in set(had)}
    return frozenset(
        uid for uid, was, now in zip(own.uids, had, own.flags, strict=True) if result[was] == now & ~RECENT
    )


def _modified(refused: list[int]) -> bytes | None:
    """b"[MODIFIED 7,9] …": those that had changed since. RFC 7162 section 3.1.3."""
    return b"[MODIFIED %b] Some had changed, and were left alone" % set_of(refused) if refused else None


VERBS = (
    Verb(b"STORE", store, State.SELECTED, expunges=False, numbers=True),
    Verb(b"UID STORE", uid_store, State.SELECTED),
)

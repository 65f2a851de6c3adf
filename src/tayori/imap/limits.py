"""How many messages one command touches, where that is limited: those with the highest UIDs. RFC 9738.

Law: a command that must do all or nothing is refused; any other does what the limit lets it, and its end says so.
"""

from collections.abc import Sequence

from tayori.errors import MessageLimit
from tayori.imap.sequence import Span, common, count, uid_spans, within
from tayori.imap.session import Session
from tayori.imap.view import View
from tayori.model import DELETED, And, SearchKey, Uids

ONLY_SAVING = b"SAVELIMIT"
ALL = b"MESSAGELIMIT"


def newest(session: Session, view: View, spans: list[Span]) -> list[Span]:
    """As many of these places as one command may touch; `session.cut` is told at its end."""
    limit = _limit(session)
    if not limit or count(spans) <= limit:
        return spans
    kept = within(spans, slice(-limit, None))
    session.cut = view.uids[kept[0][0]]
    return kept


def newest_deleted(session: Session, view: View, spans: list[Span]) -> list[Span]:
    """The same of those that are \\Deleted: no others are touched by UID EXPUNGE."""
    if not spans or not _limit(session):
        return spans
    portion = view.portion(spans)
    deleted = [uid for uid, bits in zip(portion.uids, portion.flags, strict=True) if bits & DELETED]
    return newest(session, view, view.spans_of(deleted))


def searched(session: Session, view: View, key: SearchKey) -> SearchKey:
    """The key, for the newest of the messages that it can match by its UIDs. RFC 9738 section 3.1."""
    if not _limit(session):
        return key
    spans: list[Span] = [(0, len(view.uids))]
    for one in key.keys if isinstance(key, And) else (key,):
        if isinstance(one, Uids):
            spans = common(spans, uid_spans(view.uids, one.ranges))
    newest(session, view, spans)
    return key if session.cut is None else And((Uids([(session.cut, view.uids[-1])]), key))


def check_page(session: Session, page: slice) -> None:
    """A page is not cut. Raises MessageLimit. RFC 9738 section 3.1."""
    limit = _limit(session)
    first, stop = page.start, page.stop
    if limit and (stop or 0) - first > limit:
        raise MessageLimit("More messages than one command may touch; nothing is done", limit)


def check_saving(session: Session, spans: Sequence[Span]) -> None:
    """COPY does all or nothing. Raises MessageLimit."""
    limit = _limit(session) or (session.settings.save_limit if ONLY_SAVING in session.offer.names else 0)
    if limit and count(spans) > limit:
        raise MessageLimit("More messages than one command may touch; nothing is done", limit)


def _limit(session: Session) -> int:
    return session.settings.message_limit if ALL in session.offer.names else 0

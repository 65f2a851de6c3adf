"""QRESYNC: a client that comes back is told in SELECT what has changed. RFC 7162 section 3.2.

When a message went is not remembered; so all UIDs are told as vanished that the client may know and that are not there,
as RFC 7162 section 3.2.5.1 allows.
"""

from typing import NamedTuple

from tayori.errors import ProtocolError, UidRequired
from tayori.imap import reply
from tayori.imap.fetch_items import Request
from tayori.imap.grammar import Arguments
from tayori.imap.modseq import tell_modseqs
from tayori.imap.offer import AfterSelect, Extension
from tayori.imap.sequence import SequenceSet, count
from tayori.imap.session import Session
from tayori.imap.view import View
from tayori.model import And, ModSeqFrom, Uids

QRESYNC = b"QRESYNC"


class Known(NamedTuple):
    """What a client remembers of a mailbox."""

    uid_validity: int
    modseq: int
    uids: SequenceSet
    by_number: bool  # sequence numbers are given as well


def _enable(session: Session) -> None:
    """CONDSTORE comes with it; expunges are told as VANISHED. RFC 7162 sections 3.2.3 and 3.2.10."""
    tell_modseqs(session)
    session.tell_expunged = reply.vanished


def _select(session: Session, arguments: Arguments) -> AfterSelect:
    """(QRESYNC (uidvalidity modseq [uids] [(numbers uids)])). RFC 7162 section 3.2.5."""
    if QRESYNC not in session.enabled:
        raise ProtocolError("ENABLE QRESYNC first")
    arguments.space()
    known = _known(arguments)
    if known.by_number and session.uid_only:
        raise UidRequired("Sequence numbers are not spoken of here")

    async def resynchronized(session: Session, view: View) -> None:
        if known.uid_validity == view.now.uid_validity:
            await _tell(session, view, known)

    return resynchronized


def _known(arguments: Arguments) -> Known:
    arguments.need(b"(")
    uid_validity = arguments.nz_number()
    arguments.space()
    modseq = arguments.number64()
    uids = SequenceSet(b"1:*")
    more = arguments.skip(b" ")
    if more and arguments.next_is_sequence_set():
        uids = arguments.sequence_set()
        uids.size()  # the client knows what it knows: no "*"
        more = arguments.skip(b" ")
    if more:
        _pass_over_matches(arguments)
    arguments.need(b")")
    return Known(uid_validity, modseq, uids, by_number=more)


def _pass_over_matches(arguments: Arguments) -> None:
    """Numbers and their UIDs: they would save some of what is told as vanished. RFC 7162 section 3.2.5.2."""
    arguments.need(b"(")
    numbers = arguments.sequence_set()
    arguments.space()
    uids = arguments.sequence_set()
    arguments.need(b")")
    if numbers.size() != uids.size():
        raise ProtocolError("There are not as many numbers as UIDs")


async def _tell(session: Session, view: View, known: Known) -> None:
    session.write(reply.vanished_earlier(view, known.uids))
    spans = view.spans(known.uids, by_uid=True)
    since = ModSeqFrom(known.modseq + 1)
    everything = count(spans) == len(view.uids)
    changed = await view.mailbox.search(since if everything else And((Uids(view.ranges(spans)), since)))
    await session.tell_flags(view, view.portion_of(view.known(changed)))


def _vanished(_: Arguments, wanted: Request) -> None:
    """UID FETCH set items (CHANGEDSINCE n VANISHED). RFC 7162 section 3.2.6."""
    wanted.vanished = True


EXTENSION = Extension(
    rfc="7162",
    capability=QRESYNC,
    needs=(b"CONDSTORE", b"ENABLE"),
    enable=_enable,
    fetch_modifiers={b"VANISHED": _vanished},
    select={QRESYNC: _select},
)

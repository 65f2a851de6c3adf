"""FETCH and UID FETCH. RFC 3501 sections 6.4.5 and 6.4.8.

Messages are answered in portions, so that others get a turn between them; each portion's rows are written by one
template. A message that is gone is left out, and the end says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from tayori.errors import Expunged, ProtocolError
from tayori.imap.content import FIELDS_NOT, SMALL, Content, Octets
from tayori.imap.fetch_items import Request, Text, joined, request
from tayori.imap.grammar import Arguments
from tayori.imap.limits import check_page, newest
from tayori.imap.offer import State, Verb
from tayori.imap.reply import vanished_earlier
from tayori.imap.rows import Form, attribute_values
from tayori.imap.sequence import Span, bridged, slices, uid_ranges, within
from tayori.imap.session import Session
from tayori.imap.view import Arrivals, View
from tayori.model import SEEN, And, Buffer, FlagChange, Uids

PORTION = 100  # rows that are asked for at once
READ_AT_ONCE = 20  # messages; of large ones fewer
NO_NUL = b"\x80"  # stands for NUL, as with other servers; BINARY gives it itself
GAP = 4  # rows that may be read for nothing, to read those around them with one question


async def fetch(session: Session, arguments: Arguments) -> None:
    """Raises Expunged: some were gone; the rest is answered. RFC 5530."""
    if await _fetched(session, arguments, by_uid=False):
        raise Expunged("Some of these messages are gone")


async def uid_fetch(session: Session, arguments: Arguments) -> None:
    """A UID that is gone is passed over. RFC 3501 section 6.4.8."""
    await _fetched(session, arguments, by_uid=True)


async def _fetched(session: Session, arguments: Arguments, by_uid: bool) -> int:
    """How many messages were gone."""
    view = session.selected()
    arguments.space()
    chosen = arguments.sequence_set()
    arguments.space()
    wanted = request(arguments, session.offer.fetch, session.offer.fetch_modifiers)
    arguments.end()
    if wanted.vanished and not (by_uid and wanted.narrowed and b"QRESYNC" in session.enabled):
        raise ProtocolError("VANISHED is for UID FETCH with CHANGEDSINCE, once QRESYNC is enabled")
    if wanted.page is not None:
        check_page(session, wanted.page)
    wanted.uid |= by_uid and not session.uid_only  # UIDFETCH tells it anyhow, RFC 9586 section 3.3
    for capability in wanted.enables:
        session.enable(capability)
    if by_uid and b"QRESYNC" in session.enabled:  # RFC 7162 section 3.2.4
        for attribute in session.beside_flags:
            wanted.add(attribute)
    await session.tell_news(expunges=False)
    if wanted.vanished:
        session.write(vanished_earlier(view, chosen))
    spans = view.spans(chosen, by_uid)
    if wanted.page is None:
        spans = newest(session, view, spans)
    if wanted.narrowed:
        spans = view.spans_of(await view.mailbox.search(And((Uids(view.ranges(spans)), *wanted.narrowed))))
    if wanted.page is not None:
        spans = within(spans, wanted.page)
    answers = Answers(session, view, wanted)
    answers.names_alone = not (by_uid or wanted.flags or wanted.attributes or wanted.texts)
    portions: Iterable[list[Span]] = slices(spans, PORTION)
    if answers.newest_first:
        portions = reversed(list(portions))
    for portion in portions:
        await answers.write(portion)
        await session.peer.room()
    return answers.missing


async def tell_arrived(session: Session, view: View, asked: Sequence[Arrivals]) -> None:
    """Answer unasked for messages that have come: one response for each, whoever wants it. RFC 5465 section 5.2."""
    wanted: dict[int, tuple[int, ...]] = {}
    for place, (_, uids) in enumerate(asked):
        wanted.update({uid: (*wanted.get(uid, ()), place) for uid in uids})
    for places, alike in groupby(sorted(wanted), key=wanted.__getitem__):
        await _tell_messages(session, view, joined([asked[place][0] for place in places]), list(alike))


async def _tell_messages(session: Session, view: View, wanted: Request, uids: Sequence[int]) -> None:
    """Of these ascending UIDs those that are gone are left out."""
    answers = Answers(session, view, wanted)
    for portion in slices(view.spans_of(uids), PORTION):
        await answers.write(portion)
        await session.peer.room()


class Answers:
    """The responses to one FETCH; the highest UIDs come first where a limit has cut it, RFC 9738 section 3.1."""

    __slots__ = (
        "_fields", "_form", "_sees", "_session", "_view", "_wanted", "_whole", "missing", "names_alone", "newest_first",
    )  # fmt: skip

    def __init__(self, session: Session, view: View, wanted: Request) -> None:
        self._session = session
        self._view = view
        self._wanted = wanted
        self._fields = [(text, text.fields) for text in wanted.texts if text.fields is not None]
        if len(self._fields) != len(wanted.texts):
            self._fields = []  # the message is read anyhow
        self._whole = len(wanted.texts) == 1 and wanted.texts[0].label == b"BODY[]"
        self._sees = not view.read_only and any(text.seen for text in wanted.texts)
        if self._sees:
            for attribute in session.beside_flags:
                wanted.add(attribute)
        self._form = Form(
            wanted.uid, wanted.flags, tuple(wanted.attributes), open=bool(wanted.texts), by_uid=session.uid_only
        )
        self.missing = 0
        self.names_alone = False  # UIDs are asked for by numbers: also those of what is gone and not told of
        self.newest_first = session.cut is not None

    async def write(self, spans: Sequence[Span]) -> None:
        """Answer for one portion of the view."""
        wanted, view = self._wanted, self._view
        seen = await self._made_seen(spans) if self._sees else frozenset()
        ranges = view.ranges(bridged(spans, GAP))
        told = view.told(spans) if self.names_alone else view.portion(spans)
        values, portion = await attribute_values(view.mailbox, ranges, told, wanted.attributes)
        self.missing += sum(stop - first for first, stop in spans) - len(portion.uids)
        heads = self._form.written(portion, values, view.texts)
        if seen and not wanted.flags:
            flagged = replace(self._form, flags=True).written(portion, values, view.texts)
            heads = [two if uid in seen else one for uid, one, two in zip(portion.uids, heads, flagged, strict=True)]
        uids = portion.uids
        if self.newest_first:
            uids, heads = uids[::-1], heads[::-1]
        if not wanted.texts:
            self._session.write(b"".join(heads))
            return
        if self._fields:
            for at in range(0, len(heads), READ_AT_ONCE):
                await self._write_fields(uids[at : at + READ_AT_ONCE], heads[at : at + READ_AT_ONCE])
            return
        at = 0
        while at < len(heads):
            read = await view.mailbox.contents(uids[at : at + READ_AT_ONCE])
            await self._write_messages(heads[at : at + len(read)], read)
            at += len(read)

    async def _made_seen(self, spans: Sequence[Span]) -> frozenset[int]:
        """The UIDs that were not \\Seen and are so now; their own responses say it. RFC 3501 section 6.4.5."""
        before = self._view.portion(spans)
        unseen = frozenset(uid for uid, bits in zip(before.uids, before.flags, strict=True) if not bits & SEEN)
        if not unseen:
            return unseen
        await self._view.mailbox.store(uid_ranges(sorted(unseen)), FlagChange.ADD, ("\\Seen",))
        for news in await self._view.advance(expunges=False):
            await self._session.tell(self._view, news._replace(changed=news.changed.without(unseen)))
        return unseen

    # ---- what is taken out of it

    async def _write_fields(self, uids: Sequence[int], heads: Sequence[bytes]) -> None:
        """What is known without opening the messages, where it was asked for lately."""
        columns = []
        for text, section in self._fields:
            chosen = await self._view.mailbox.fields(uids, section.names, section.text == FIELDS_NOT)
            columns.append([None if each is None else _literal(each, text) for each in chosen])
        shown = [
            b"%b%b)\r\n" % (head, b" ".join(literals))
            for head, *literals in zip(heads, *columns, strict=True)
            if None not in literals
        ]
        self.missing += len(heads) - len(shown)
        self._session.write(b"".join(shown))
        await self._session.peer.room()

    async def _write_messages(self, heads: Sequence[bytes], read: Sequence[Buffer | None]) -> None:
        """What most clients ask for, BODY[] and nothing else, is written in one step."""
        whole: list[bytes] = []
        for head, buffer in zip(heads, read, strict=True):
            if buffer is None:
                self.missing += 1
            elif self._whole and len(buffer.raw) <= SMALL:
                octets = buffer.raw.replace(b"\n", b"\r\n") if buffer.lf else buffer.raw
                whole += (b"%bBODY[] {%d}\r\n" % (head, len(octets)), _char8(octets), b")\r\n")
            else:
                self._session.write(b"".join(whole))
                whole.clear()
                await self._write_texts(head, Content(buffer))
                await self._session.peer.room()
        self._session.write(b"".join(whole))
        await self._session.peer.room()

    async def _write_texts(self, head: bytes, content: Content) -> None:
        pieces, between = [head], b""
        for text in self._wanted.texts:
            pieces += (between, text.label, b" ")
            octets, between = text.take(content), b" "
            if isinstance(octets, Octets) and not octets.is_small():
                await self._write_large(pieces, octets, text)
                pieces = []
            else:
                pieces += _shown(octets, text)
        pieces.append(b")\r\n")
        self._session.write(b"".join(pieces))

    async def _write_large(self, pieces: list[bytes], octets: Octets, text: Text) -> None:
        size = 0
        for length in octets.lengths():
            size += length
            await self._session.peer.room()
        first, count = text.partial or (0, size)
        pieces.append(b"{%d}\r\n" % max(min(count, size - first), 0))
        self._session.write(b"".join(pieces))
        for piece in octets.part(first, count):
            self._session.write(_char8(piece))
            await self._session.peer.room()


def _char8(octets: bytes) -> bytes:
    """Without NUL, which a literal cannot hold; as many octets. RFC 3501 section 9, CHAR8."""
    return octets.replace(b"\0", NO_NUL) if b"\0" in octets else octets


def _shown(octets: Octets | bytes | None, text: Text) -> tuple[bytes, ...]:
    """A literal; NIL where the message has no such part; what is made of it as it stands."""
    if octets is None:
        return (b"NIL",)
    if isinstance(octets, bytes):
        return (octets,)
    whole = octets.whole()
    if text.partial is not None:
        first, count = text.partial
        whole = whole[first : first + count]
    return b"{%d}\r\n" % len(whole), _char8(whole)


def _literal(whole: bytes, text: Text) -> bytes:
    """Its label and what is asked for of it."""
    if text.partial is not None:
        first, count = text.partial
        whole = whole[first : first + count]
    return b"%b {%d}\r\n%b" % (text.label, len(whole), _char8(whole))


VERBS = (
    Verb(b"FETCH", fetch, State.SELECTED, expunges=False, numbers=True),
    Verb(b"UID FETCH", uid_fetch, State.SELECTED),
)

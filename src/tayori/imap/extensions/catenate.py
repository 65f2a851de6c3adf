"""CATENATE: a message made of new text and of what lies here. RFC 4469; in REPLACE too, RFC 8508 section 4.2."""

from collections.abc import Iterator

from tayori.errors import Expunged, MailboxGone, NoSuchMailbox, ProtocolError, TooMany, WrongState
from tayori.imap.commands.append import take_wrapped
from tayori.imap.content import Content
from tayori.imap.grammar import Arguments
from tayori.imap.incoming import Incoming
from tayori.imap.message_url import MAX_URL, TO_THE_END, MessageUrl, bad, parsed
from tayori.imap.offer import Extension
from tayori.imap.session import Session
from tayori.ports import Mailbox

MAX_PARTS = 1000  # of one message
URL_PARTIAL = b"URL-PARTIAL"  # RFC 5550 section 5.7.1


async def catenate(message: Incoming, arguments: Arguments) -> None:
    """(URL "…" TEXT {42}…), one part or more. Raises BadUrl, TooLarge, TooMany. RFC 4469 section 3."""
    arguments.need(b"(")
    shelf = _Shelf(message.session)
    for _ in range(MAX_PARTS):
        await _take_part(message, arguments, shelf)
        if arguments.skip(b")"):
            return
        arguments.space()
    raise TooMany(f"A message is made of no more than {MAX_PARTS} parts")


async def _take_part(message: Incoming, arguments: Arguments, shelf: "_Shelf") -> None:
    if arguments.skip_word(b"TEXT "):
        await message.take_literal(arguments)
    elif arguments.skip_word(b"URL "):
        for octets in await shelf.octets(await _url(message.session, arguments)):
            await message.write(octets)
            await message.session.peer.room()
    elif message.session.utf8 and arguments.skip_word(b"UTF8 ("):
        await take_wrapped(message, arguments)
    else:
        raise ProtocolError("A part is TEXT or URL")


async def _url(session: Session, arguments: Arguments) -> bytes:
    """An astring, of which a literal has not been read yet."""
    if arguments.literal is None or not arguments.at_end():
        return arguments.astring()
    if arguments.literal.octets > MAX_URL:
        raise bad(b"")
    return b"".join([chunk async for chunk in session.message(arguments)])


class _Shelf:
    """Where URLs are looked up; the message named last is kept, as its next part may be named next."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last: tuple[object, Content] | None = None

    async def octets(self, url: bytes) -> Iterator[bytes]:
        """What a URL names, in pieces. Raises BadUrl, TryLater."""
        session = self._session
        account, _ = session.account_mail()
        wanted = parsed(url, session.settings.hostname, account)
        if wanted.partial is not None and URL_PARTIAL not in session.offer.names:
            raise bad(url)
        try:
            found = (await self._content(wanted)).section(wanted.section)
        except (NoSuchMailbox, MailboxGone, Expunged, WrongState) as cause:
            raise bad(url) from cause
        if found is None:
            raise bad(url)
        return found.part(*(wanted.partial or (0, TO_THE_END)))

    async def _content(self, wanted: MessageUrl) -> Content:
        """Raises NoSuchMailbox, MailboxGone, Expunged, WrongState: no mailbox is selected."""
        key = wanted[:3]
        if self._last is None or self._last[0] != key:
            mailbox = await self._mailbox(wanted)
            if wanted.uid_validity not in (None, (await mailbox.latest()).uid_validity):
                raise Expunged("That message was in another mailbox of this name")
            self._last = key, Content(await mailbox.content(wanted.uid))
        return self._last[1]

    async def _mailbox(self, wanted: MessageUrl) -> Mailbox:
        if wanted.mailbox is None:
            return self._session.selected().mailbox
        _, mailboxes = self._session.account_mail()
        return await mailboxes.open(wanted.mailbox)


EXTENSION = Extension(rfc="4469", capability=b"CATENATE", append={b"CATENATE": catenate})

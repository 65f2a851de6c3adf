"""APPEND: a message streams into a draft. RFC 3501 section 6.3.11; APPENDUID, RFC 4315 section 3."""

from typing import NamedTuple

from tayori.errors import CannotDo, ProtocolError, TooLarge, UnknownEncoding
from tayori.imap.engine import Literal
from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Verb
from tayori.imap.session import Session
from tayori.model import MailboxName, Receipt


class Wanted(NamedTuple):
    """What stands before the message."""

    mailbox: MailboxName
    flags: tuple[str, ...]
    received: tuple[int, int] | None  # seconds UTC and minutes east
    size: int  # octets, as declared
    wrapped: bool  # in UTF8 (…), RFC 6855 section 4


async def append(session: Session, arguments: Arguments) -> bytes | None:
    """Raises NoSuchMailbox, TooLarge before the message's octets are asked for; OverQuota and others later."""
    account, _ = session.account_mail()
    wanted = _wanted(session, arguments)
    draft = await session.intake.append(account, wanted.mailbox, wanted.flags, wanted.received, wanted.size)
    try:
        async for chunk in session.message(arguments):
            if b"\0" in chunk:
                raise UnknownEncoding("A message with NUL cannot be kept")
            await draft.write(chunk)
        if wanted.wrapped:
            arguments.need(b")")
        arguments.end()
        return append_uid(await draft.commit(), wanted.mailbox)
    finally:
        draft.discard()


def _wanted(session: Session, arguments: Arguments) -> Wanted:
    """mailbox (flags) "date-time" {size}, of which flags and date-time may be missing."""
    arguments.space()
    mailbox = arguments.mailbox()
    arguments.space()
    flags: tuple[str, ...] = ()
    if arguments.next_is(b"("):
        flags = arguments.flag_list()
        arguments.space()
    received = None
    if arguments.next_is(b'"'):
        received = arguments.date_time()
        arguments.space()
    wrapped = session.utf8 and arguments.skip_word(b"UTF8 (")
    return Wanted(mailbox, flags, received, _allowed(session, arguments).octets, wrapped)


def _allowed(session: Session, arguments: Arguments) -> Literal:
    """The announced literal. Raises ProtocolError: there is none; TooLarge."""
    literal = arguments.literal
    if literal is None or not arguments.at_end():
        raise ProtocolError("The message is expected as a literal")
    if literal.octets > session.settings.message:
        raise TooLarge(f"A message may have {session.settings.message} octets")
    if not literal.octets:
        raise CannotDo("A message has at least one octet")
    return literal


def append_uid(receipt: Receipt, mailbox: MailboxName) -> bytes:
    """b"[APPENDUID 38505 3955] Appended"; nothing of a UID where it came to lie elsewhere: the mailbox is gone."""
    for placement in receipt.placements:
        if placement.mailbox == mailbox:
            return b"[APPENDUID %d %d] Appended" % (placement.uid_validity, placement.uid)
    return b"Kept, but not in that mailbox: it is gone"


VERBS = (Verb(b"APPEND", append, LOGGED_IN, target=True, message_after=1),)

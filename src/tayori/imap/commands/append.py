"""APPEND: messages stream into drafts. RFC 3501 section 6.3.11; APPENDUID, RFC 4315 section 3.

Each is flags, date and data (RFC 4466 section 2.7); that there may be several, and other data than a literal, is what
extensions offer.
"""

from collections.abc import Sequence

from tayori.errors import CannotDo, TooLarge, TooMany
from tayori.imap.grammar import Arguments
from tayori.imap.incoming import Incoming, announced
from tayori.imap.limits import check_saving
from tayori.imap.offer import LOGGED_IN, AppendForm, Verb
from tayori.imap.sequence import set_of
from tayori.imap.session import Session
from tayori.model import MailboxName, Receipt, Replaced
from tayori.ports import Draft

SEVERAL = b"MULTIAPPEND"
MAX_TOGETHER = 1000  # messages of one command
MAX_OCTETS = 2**30  # of all messages of one command: what its account has no room for is known at its end
MAX_HELD = 2**20  # octets of its messages that stay in memory until the last one has come


async def append(session: Session, arguments: Arguments) -> bytes | None:
    """Raises NoSuchMailbox, TooLarge before a message's octets are asked for; OverQuota and others later."""
    arguments.space()
    mailbox = arguments.mailbox()
    arguments.space()
    drafts: list[Draft] = []
    try:
        await _take_all(session, arguments, mailbox, drafts)
        arguments.end()
        return append_uid(await session.intake.commit_all(drafts), mailbox)
    finally:
        for draft in drafts:
            draft.discard()


async def _take_all(session: Session, arguments: Arguments, mailbox: MailboxName, drafts: list[Draft]) -> None:
    """One message, or as many as come. RFC 3502 section 6.3.11."""
    held = total = 0
    while True:
        octets = await take_message(session, arguments, mailbox, drafts)
        total += octets
        if SEVERAL not in session.offer.names or not arguments.skip(b" "):
            return
        check_saving(session, [(0, len(drafts) + 1)])
        if len(drafts) == MAX_TOGETHER or total > MAX_OCTETS:
            raise TooMany(f"No more than {MAX_TOGETHER} messages and {MAX_OCTETS} octets at once")
        held += octets
        if held > MAX_HELD:
            await drafts[-1].set_aside()
            held -= octets
        await session.peer.room()


async def take_message(
    session: Session,
    arguments: Arguments,
    mailbox: MailboxName,
    drafts: list[Draft],
    replaces: Replaced | None = None,
) -> int:
    """Add to `drafts` what (flags) "date-time" {size} brings, of which flags and date-time may lack; its octets."""
    account, mailboxes = session.account_mail()
    flags, received = _options(arguments)
    form = _form(session, arguments)
    if not drafts:  # before its octets are asked for, or what it is made of is refused
        await mailboxes.open(mailbox)
    size = 0 if form is not None else _declared(session, arguments)
    drafts.append(await session.intake.append(account, mailbox, flags, received, size, replaces))
    message = Incoming(session, drafts[-1])
    await (form or Incoming.take_literal)(message, arguments)
    if not message.octets:
        raise CannotDo("A message has at least one octet")
    return message.octets


def _options(arguments: Arguments) -> tuple[tuple[str, ...], tuple[int, int] | None]:
    """Flags, and seconds UTC with minutes east."""
    flags: tuple[str, ...] = ()
    if arguments.next_is(b"("):
        flags = arguments.flag_list()
        arguments.space()
    received = None
    if arguments.next_is(b'"'):
        received = arguments.date_time()
        arguments.space()
    return flags, received


def _form(session: Session, arguments: Arguments) -> AppendForm | None:
    """How the message is told; None: as a literal."""
    if session.utf8 and arguments.skip_word(b"UTF8 ("):
        return take_wrapped
    for name, form in session.offer.append.items():
        if arguments.skip_word(name + b" "):
            return form
    return None


async def take_wrapped(message: Incoming, arguments: Arguments) -> None:
    """UTF8 (~{size}…), behind its bracket. RFC 6855 section 4."""
    await message.take_literal(arguments)
    arguments.need(b")")


def _declared(session: Session, arguments: Arguments) -> int:
    """The announced literal's octets. Raises ProtocolError: there is none; TooLarge; CannotDo: there are no octets."""
    octets = announced(arguments).octets
    if octets > session.settings.message:
        raise TooLarge(f"A message may have {session.settings.message} octets")
    if not octets:
        raise CannotDo("A message has at least one octet")
    return octets


def append_uid(receipts: Sequence[Receipt], mailbox: MailboxName) -> bytes:
    """b"[APPENDUID 38505 3955:3957] Appended"; nothing of UIDs where all came to lie elsewhere: the mailbox is gone."""
    placed = [each for receipt in receipts for each in receipt.placements if each.mailbox == mailbox]
    if placed:
        return b"[APPENDUID %d %b] Appended" % (placed[0].uid_validity, set_of([each.uid for each in placed]))
    return b"Kept, but not in that mailbox: it is gone"


VERBS = (Verb(b"APPEND", append, LOGGED_IN, target=True, message_after=1),)

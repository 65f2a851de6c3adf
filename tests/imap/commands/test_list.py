"""LIST's limits, and mailboxes that go while they are listed."""

from collections.abc import Sequence

from aids.mailroom import ALICE, LOGIN, Mailroom
from tayori.errors import NoSuchMailbox
from tayori.imap.list_options import MAX_PATTERNS
from tayori.model import MailboxName, Status


def test_there_may_be_so_many_patterns_and_no_more() -> None:
    patterns = b" ".join([b"x"] * (MAX_PATTERNS + 1))
    assert Mailroom().talk(LOGIN + b'b LIST "" (%b)\r\n' % patterns)[1].startswith(b"b NO [LIMIT] ")


def test_a_mailbox_deleted_while_it_is_listed_has_no_status() -> None:
    mailroom = Mailroom()

    async def gone(names: Sequence[MailboxName]) -> dict[MailboxName, Status]:
        return {}

    mailroom.accounts.of(ALICE).statuses = gone  # type: ignore[method-assign]
    assert mailroom.talk(LOGIN + b'b LIST "" INBOX RETURN (STATUS (MESSAGES))\r\n')[1:] == [
        b'* LIST (\\HasNoChildren) "/" "INBOX"',
        b"b OK LIST completed",
    ]


def test_many_mailboxes_are_listed_in_slices() -> None:
    mailroom = Mailroom()
    for number in range(1200):
        mailroom.accounts.of(ALICE).mailboxes[f"m{number}"] = mailroom.inbox
    assert len(mailroom.talk(LOGIN + b'b LIST "" m*\r\n')) == 1202


def test_inbox_is_listed_whatever_its_case() -> None:
    assert Mailroom().talk(LOGIN + b'b LIST "" iNb%\r\n')[1] == b'* LIST (\\HasNoChildren) "/" "INBOX"'


def test_a_mailbox_deleted_while_it_is_listed_has_no_annotations() -> None:
    mailroom = Mailroom()

    async def gone(name: MailboxName | None, entries: Sequence[str], depth: int | None) -> dict[str, bytes]:
        raise NoSuchMailbox("No such mailbox")

    mailroom.accounts.of(ALICE).annotations = gone  # type: ignore[method-assign]
    assert mailroom.talk(LOGIN + b'b LIST "" INBOX RETURN (METADATA (/private/comment))\r\n')[1:] == [
        b'* LIST (\\HasNoChildren) "/" "INBOX"',
        b"b OK LIST completed",
    ]

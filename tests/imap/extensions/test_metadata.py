"""What is noted of mailboxes and of the server. RFC 5464, RFC 9590."""

import asyncio

import pytest

from aids.mailroom import ALICE, LOGIN, Mailroom
from tayori.errors import NoSuchMailbox, ProtocolError
from tayori.imap.annotations import Entry, entries
from tayori.imap.grammar import Arguments
from tayori.model import INBOX, MAX_ANNOTATION, MailboxName

TWO = MailboxName("two")


def said(*commands: bytes) -> list[bytes]:
    return Mailroom().talk(LOGIN + b"".join(command + b"\r\n" for command in commands))[1:]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (b"/private/comment", [Entry(b"/private/comment", "/private/comment")]),
        (b'("/Shared/A b" /PRIVATE)', [Entry(b"/Shared/A b", "/shared/a b"), Entry(b"/PRIVATE", "/private")]),
        (b"{8}\r\n/private", [Entry(b"/private", "/private")]),
    ],
)
def test_entries_are_names_in_any_case(text: bytes, read: list[Entry]) -> None:
    assert entries(Arguments(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"()",
        b"private/comment",
        b"/private/",
        b"/private//a",
        b"/privates/a",
        b'"/private/a*"',
        b'"/private/%"',
        b'"/private/\x01"',
        b'"/private/\xc3\xa9"',
        b'"/private/' + b"a" * 1000 + b'"',
        b"(" + b" ".join([b"/private/a"] * 101) + b")",
    ],
)
def test_what_is_no_entry_is_told(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        entries(Arguments(text))


def test_a_value_of_any_octets_is_read() -> None:
    arguments = Arguments(b'~{3}\r\na\0b "text" {1}\r\nx NIL')
    read = [arguments.value()]
    while arguments.skip(b" "):
        read.append(arguments.value())
    assert read == [b"a\0b", b"text", b"x", None]


def test_a_value_that_is_too_long_changes_nothing() -> None:
    value = b"{%d+}\r\n%b" % (MAX_ANNOTATION + 1, b"x" * (MAX_ANNOTATION + 1))
    assert said(
        b'b SETMETADATA INBOX (/private/short "x" /private/long %b)' % value, b"c GETMETADATA INBOX /private/short"
    ) == [
        b"b NO [METADATA MAXSIZE 32768] A value may have 32768 octets",
        b'* METADATA "INBOX" (/private/short NIL)',
        b"c OK GETMETADATA completed",
    ]


def numbered(*numbers: int) -> bytes:
    return b" ".join(b'/private/n%d "x"' % number for number in numbers)


def test_more_entries_than_are_kept_change_nothing() -> None:
    assert said(
        b"b SETMETADATA INBOX (%b)" % numbered(*range(60)),
        b"c SETMETADATA INBOX (%b)" % numbered(*range(60, 120)),
        b"d GETMETADATA INBOX (/private/n59 /private/n60)",
    ) == [
        b"b OK SETMETADATA completed",
        b"c NO [METADATA TOOMANY] Too many entries",
        b'* METADATA "INBOX" (/private/n59 "x" /private/n60 NIL)',
        b"d OK GETMETADATA completed",
    ]


def test_more_entries_at_once_than_may_be_are_refused() -> None:
    values = b" ".join(b"/private/n%d NIL" % number for number in range(101))
    assert said(b"b SETMETADATA INBOX (%b)" % values) == [b"b NO [METADATA TOOMANY] No more than 100 entries at once"]


def test_an_international_domain_has_its_postmaster_in_a_uri() -> None:
    mailroom = Mailroom()
    mailroom.directory.passwords["alice@bücher.example"] = "x"
    spoken = mailroom.talk(b'a LOGIN {21+}\r\nalice@b\xc3\xbccher.example x\r\nb GETMETADATA "" /shared/admin\r\n')
    assert b'* METADATA "" (/shared/admin "mailto:postmaster@b%C3%BCcher.example")' in spoken


def test_a_mailbox_deleted_during_list_has_nothing_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    mailroom = Mailroom()

    async def gone(*_: object) -> dict[str, bytes]:
        raise NoSuchMailbox("No such mailbox")

    monkeypatch.setattr(mailroom.accounts.of(ALICE), "annotations", gone)
    spoken = mailroom.talk(LOGIN + b'b LIST "" INBOX RETURN (METADATA /shared/comment)\r\n')
    assert spoken[1:] == [b'* LIST (\\HasNoChildren) "/" "INBOX"', b"b OK LIST completed"]


def test_who_follows_learns_of_what_was_set_and_removed() -> None:
    async def talk() -> list[tuple[MailboxName | None, str]]:
        mail = Mailroom().accounts.of(ALICE)
        await mail.create(TWO)
        await mail.annotate(INBOX, {"/private/comment": b"x"})
        since = mail.modseq
        await mail.annotate(INBOX, {"/private/comment": None})
        await mail.annotate(TWO, {"/private/comment": b"y"})
        await mail.annotate(None, {"/private/comment": b"z"})
        await mail.delete(TWO)
        return await mail.annotated_since(since)

    assert asyncio.run(talk()) == [(INBOX, "/private/comment"), (None, "/private/comment")]

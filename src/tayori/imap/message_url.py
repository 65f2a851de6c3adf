"""IMAP URLs that name a message or a part of one. RFC 5092; those that CATENATE takes, RFC 4469 section 3.

/Work/2026;UIDVALIDITY=785799047/;UID=20/;SECTION=1.2/;PARTIAL=0.1024
;UID=20/;SECTION=HEADER                      of the selected mailbox
imap://alice%40example.org@mail.example.org/INBOX/;UID=20
"""

import re
from typing import NamedTuple

from tayori.errors import BadUrl, CannotDo, ProtocolError
from tayori.imap import mailbox_name
from tayori.imap.content import Section
from tayori.imap.fetch_items import section_spec
from tayori.imap.grammar import Arguments
from tayori.model import Account, MailboxName

MAX_URL = 2000  # octets
TO_THE_END = 2**63

# RFC 5092 section 11: an imapurl whose path has an iuid, or what of it may be left out. A mailbox has no ";" unescaped.
_URL = re.compile(
    rb"(?:imap://(?P<user>[^/?@;]+)(?:;AUTH=[^/?@;]+)?@(?P<host>[^/?@:]+)(?::\d{1,5})?(?=/[^;]))?"
    rb"(?:/(?P<mailbox>[^;?]+?)(?:;UIDVALIDITY=(?P<validity>\d{1,10}))?/)?"
    rb";UID=(?P<uid>\d{1,10})"
    rb"(?:/;SECTION=(?P<section>[^;?]+?))?"
    rb"(?:/;PARTIAL=(?P<first>\d{1,19})(?:\.(?P<count>\d{1,19}))?)?\Z",
    re.IGNORECASE,
)
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")


class MessageUrl(NamedTuple):
    """What a URL names."""

    mailbox: MailboxName | None  # None: the selected one
    uid_validity: int | None
    uid: int
    section: Section
    partial: tuple[int, int] | None  # the first octet, and how many at most


def parsed(url: bytes, hostname: str, account: Account) -> MessageUrl:
    """Raises BadUrl: it is none, or of another server or account."""
    found = _URL.match(url) if len(url) <= MAX_URL else None
    try:
        if found is None or not _is_here(found, hostname, account):
            raise bad(url)
        return MessageUrl(_mailbox(found), _number(found["validity"]), int(found["uid"]), _section(found), _part(found))
    except (CannotDo, ProtocolError, UnicodeDecodeError) as cause:
        raise bad(url) from cause


def bad(url: bytes) -> BadUrl:
    return BadUrl(url.decode("latin-1"))


def _is_here(found: re.Match[bytes], hostname: str, account: Account) -> bool:
    if found["host"] is None:
        return True
    user = _unescaped(found["user"]).decode("utf-8").lower()
    return found["host"].decode("latin-1").lower() == hostname.lower() and user == account


def _mailbox(found: re.Match[bytes]) -> MailboxName | None:
    """Its name is UTF-8, escaped. RFC 5092 section 2."""
    name = found["mailbox"]
    return None if name is None else mailbox_name.checked(mailbox_name.utf8_text(_unescaped(name)))


def _section(found: re.Match[bytes]) -> Section:
    arguments = Arguments(b"[%b]" % _unescaped(found["section"] or b""))
    section, _ = section_spec(arguments)
    arguments.end()
    return section


def _part(found: re.Match[bytes]) -> tuple[int, int] | None:
    """RFC 5092 section 11: partial-range."""
    first = _number(found["first"])
    if first is None:
        return None
    count = _number(found["count"])
    return first, TO_THE_END if count is None else count


def _number(figures: bytes | None) -> int | None:
    return None if figures is None else int(figures)


def _unescaped(octets: bytes) -> bytes:
    return _ESCAPED.sub(lambda escape: bytes.fromhex(escape[1].decode("ascii")), octets)

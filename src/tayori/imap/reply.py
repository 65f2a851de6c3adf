"""What is said: tagged and untagged responses, strings, response codes. RFC 3501 section 7, RFC 5530.

The one place where errors become NO, BAD and codes.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from tayori import errors
from tayori.imap import mailbox_name
from tayori.imap.search_keys import CHARSETS
from tayori.imap.sequence import SequenceSet, set_of, set_of_spans
from tayori.imap.view import News, View
from tayori.message.envelope import string
from tayori.model import MAX_ANNOTATION, MAX_KEYWORDS

NO, BAD = b"NO", b"BAD"
REMEMBERED = 2_000  # mailboxes' names as they are written

# Error, word, response code; the first class that fits counts, from the most special to the most general.
CODES: dict[type[errors.Refusal], tuple[bytes, bytes]] = {
    errors.LineTooLong: (BAD, b"[TOOBIG] "),
    errors.UidRequired: (BAD, b"[UIDREQUIRED] "),
    errors.ClientBug: (BAD, b"[CLIENTBUG] "),
    errors.LoginCancelled: (BAD, b""),
    errors.ProtocolError: (BAD, b""),
    errors.UnknownCharset: (NO, b"[BADCHARSET (%b)] " % b" ".join(CHARSETS)),  # RFC 3501 section 7.1
    errors.EncryptionNeeded: (NO, b"[PRIVACYREQUIRED] "),
    errors.LoginNeeded: (NO, b"[AUTHORIZATIONFAILED] "),
    errors.LoginFailed: (NO, b"[AUTHENTICATIONFAILED] "),
    errors.NotAllowed: (NO, b"[NOPERM] "),
    errors.NoSuchMailbox: (NO, b"[NONEXISTENT] "),
    errors.MailboxExists: (NO, b"[ALREADYEXISTS] "),
    errors.Expunged: (NO, b"[EXPUNGEISSUED] "),
    errors.CompressionActive: (NO, b"[COMPRESSIONACTIVE] "),
    errors.UnknownUse: (NO, b"[USEATTR] "),  # RFC 6154 section 3
    errors.HasChildren: (NO, b"[HASCHILDREN] "),
    errors.CannotDo: (NO, b"[CANNOT] "),
    errors.NotificationOverflow: (NO, b"[NOTIFICATIONOVERFLOW] "),
    errors.UnknownEncoding: (NO, b"[UNKNOWN-CTE] "),  # RFC 3516 section 4.3
    errors.AnnotationTooLarge: (NO, b"[METADATA MAXSIZE %d] " % MAX_ANNOTATION),  # RFC 5464 section 4.3
    errors.TooManyAnnotations: (NO, b"[METADATA TOOMANY] "),
    errors.TooLarge: (NO, b"[TOOBIG] "),  # RFC 7889 section 3.1, RFC 4469
    errors.TooFew: (NO, b"[TOOFEW] "),
    errors.TooMany: (NO, b"[LIMIT] "),
    errors.OverQuota: (NO, b"[OVERQUOTA] "),
    errors.NoSpace: (NO, b"[OVERQUOTA] "),
    errors.InUse: (NO, b"[INUSE] "),
    errors.TryLater: (NO, b"[UNAVAILABLE] "),
    errors.Refusal: (NO, b""),
}

FAREWELLS = {
    "timeout": b"* BYE Idle for too long\r\n",
    "shutdown": b"* BYE [UNAVAILABLE] The server is stopping\r\n",
    "fault": b"* BYE [SERVERBUG] A fault of ours; nothing was done by halves\r\n",
}

# RFC 3501 section 9: resp-text is TEXT-CHARs.
_UNSPEAKABLE = re.compile(r"[^ -~]")

# RFC 4469 section 5: url-resp-text is TEXT-CHARs without "]"; here it stands in quotes, as in that RFC's examples.
_NOT_OF_URL = re.compile(rb"[^!#-\[^-~]")
SHOWN_OF_URL = 1000  # octets


def refusal(tag: bytes, error: errors.Refusal, target: bool = False) -> bytes:
    """b"a NO [NONEXISTENT] No such mailbox"; a missing `target` can be made, RFC 3501 section 7.1."""
    word, code = next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)
    if target and isinstance(error, errors.NoSuchMailbox):
        code = b"[TRYCREATE] "
    if isinstance(error, errors.MessageLimit) and error.limit:
        code = b"[MESSAGELIMIT %d] " % error.limit
    if isinstance(error, errors.BadEvent):
        code = b"[BADEVENT (%b)] " % " ".join(error.told).encode("ascii")
    if isinstance(error, errors.BadUrl):
        code = b"[BADURL %b] " % _shown(error.url)
    if tag == b"*":
        word = BAD  # RFC 3501 section 7.1.3: an error whose command is not known
    return b"%b %b %b%b\r\n" % (tag, word, code, spoken(error))


def with_code(code: bytes, text: bytes) -> tuple[bytes, bytes]:
    """What is said untagged, and the text behind OK: where that has a code already, RFC 9738 section 3.1."""
    if text.startswith(b"["):
        return b"* NO %b Only the newest messages were looked at\r\n" % code, text
    return b"", b"%b %b" % (code, text)


def _shown(url: str) -> bytes:
    escaped = _NOT_OF_URL.sub(lambda octet: b"%%%02X" % octet[0][0], url.encode("latin-1"))
    return b'"%b"' % escaped[:SHOWN_OF_URL]


def spoken(error: errors.Refusal) -> bytes:
    return _UNSPEAKABLE.sub("?", str(error) or "Refused").encode("ascii")


def bye(error: errors.Refusal) -> bytes:
    return b"* BYE %b\r\n" % spoken(error)


def ok(tag: bytes, text: bytes) -> bytes:
    """`text` may begin with a response code."""
    return b"%b OK %b\r\n" % (tag, text)


# ---- pieces


@lru_cache(maxsize=REMEMBERED)
def mailbox(name: str, utf8: bool = False) -> bytes:
    """A mailbox's name as a quoted string: always, so that no client meets an atom it does not know."""
    if utf8:
        return b'"%b"' % name.replace("\\", "\\\\").replace('"', '\\"').encode()
    return string(mailbox_name.encoded(name))


def parenthesized(things: Iterable[bytes]) -> bytes:
    return b"(%b)" % b" ".join(things)


# ---- the selected mailbox. RFC 3501 sections 7.2.6 and 7.3


def flags(view: View) -> bytes:
    """FLAGS and PERMANENTFLAGS, with \\* while there can be more keywords. RFC 3501 sections 7.2.6 and 7.1."""
    names = b" ".join(view.texts.names)
    kept = b"" if view.read_only else names
    if kept and len(view.now.keywords) < MAX_KEYWORDS:
        kept += b" \\*"
    return b"* FLAGS (%b)\r\n* OK [PERMANENTFLAGS (%b)] What can be kept\r\n" % (names, kept)


def unseen(view: View) -> bytes:
    """The first one; nothing where all have been seen."""
    place = view.first_unseen()
    return b"" if place is None else b"* OK [UNSEEN %d] The first unseen message\r\n" % (place + 1)


def exists(news: News) -> bytes:
    if news.exists is None:
        return b""
    recent = b"" if news.recent is None else b"* %d RECENT\r\n" % news.recent
    return b"* %d EXISTS\r\n%b" % (news.exists, recent)


def expunged(news: News) -> bytes:
    """One response a message; each counts without those told before it. RFC 3501 section 7.4.1."""
    return b"".join([b"* %d EXPUNGE\r\n" % (place + 1 - told) for told, place in enumerate(news.expunged_places)])


def vanished(news: News) -> bytes:
    """One response for all of them. RFC 7162 section 3.2.10."""
    return b"* VANISHED %b\r\n" % set_of(news.expunged)


def vanished_earlier(view: View, named: SequenceSet) -> bytes:
    """Of these UIDs, all that are not there: since when is not remembered. RFC 7162 section 3.2.6."""
    missing = named.missing(view.uids, view.now.uid_next - 1)
    return b"* VANISHED (EARLIER) %b\r\n" % set_of_spans(missing) if missing else b""

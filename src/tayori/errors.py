"""Every refusal, one tree. Law: str(error) may be said to the peer; its cause (`raise … from`) goes to the log alone.

Lower layers raise what happened; each protocol's reply.py alone knows which code says it.
"""

from collections.abc import Sequence


class Refusal(Exception):
    """What was asked is not done; nothing of it was half done."""


# What the peer said was wrong.


class ProtocolError(Refusal):
    """The peer's bytes are not what the grammar asks for (500, 501, BAD)."""


class UnknownCommand(ProtocolError):
    """No verb of that name here (500, BAD)."""


class WrongState(ProtocolError):
    """A known command at a time when it makes no sense (503, BAD)."""


class LineTooLong(ProtocolError):
    """A line went past its limit before its end was seen (500 5.5.2, BAD [TOOBIG])."""


class TooManyErrors(ProtocolError):
    """The session's error budget is used up: the last word before closing (421, BYE)."""


class BareLineEnd(ProtocolError):
    """A CR or LF alone in a message's text (550 5.6.11). RFC 5321 section 2.3.8."""


class UnknownCharset(Refusal):
    """A charset that text cannot be read in (NO [BADCHARSET])."""


class UidRequired(ProtocolError):
    """A message was named by its number, where UIDs alone are spoken of (BAD [UIDREQUIRED]). RFC 9586."""


class ClientBug(ProtocolError):
    """Well formed, and only a mistake can mean it (BAD [CLIENTBUG]). RFC 5530."""


class UnknownEncoding(Refusal):
    """A transfer encoding that cannot be undone, or octets that none was given for (NO [UNKNOWN-CTE]). RFC 3516."""


class UnsupportedParameter(ProtocolError):
    """A parameter that no offered extension knows (555, BAD)."""


class BadAddress(ProtocolError):
    """A path that is no address (501 5.1.3)."""


class Utf8NotAnnounced(ProtocolError):
    """An address in UTF-8 from a peer that did not say SMTPUTF8 (553 5.6.7). RFC 6531 section 3.5."""


class NotOffered(ProtocolError):
    """A known command that is not to be had here, or not any more (502 5.5.1, BAD)."""


class UnknownMechanism(ProtocolError):
    """A SASL mechanism that is not offered (504 5.5.4, NO, -ERR)."""


# Who is asking, and how.


class NotAllowed(Refusal):
    """This peer may not do that (550 5.7.1, NO [NOPERM])."""


class RelayDenied(NotAllowed):
    """A recipient elsewhere, and this peer is no one we send for (550 5.7.1)."""


class SenderNotAllowed(NotAllowed):
    """The reverse-path does not belong to the account that logged in (550 5.7.1)."""


class LoginNeeded(NotAllowed):
    """Log in first (530 5.7.0, NO)."""


class EncryptionNeeded(NotAllowed):
    """Not before TLS (538 5.7.11, NO [PRIVACYREQUIRED])."""


class LoginFailed(Refusal):
    """Wrong name or wrong proof of it; never says which (535 5.7.8, NO [AUTHENTICATIONFAILED])."""


class LoginCancelled(Refusal):
    """The peer ended the SASL exchange with "*" (501 5.7.0, BAD). RFC 4954 section 4."""


# What is, or is not, there.


class NoSuchMailbox(Refusal):
    """No such recipient, no such folder (550 5.1.1, NO [NONEXISTENT], -ERR)."""


class NoSuchMessage(Refusal):
    """No message of that number (-ERR)."""


class MailboxExists(Refusal):
    """A mailbox of that name is there already (NO [ALREADYEXISTS])."""


class MailboxGone(Refusal):
    """The selected mailbox was deleted under the session (BYE)."""


class Expunged(Refusal):
    """The message was there and is gone (NO [EXPUNGEISSUED], -ERR)."""


class CompressionActive(Refusal):
    """What is sent is compressed already (NO [COMPRESSIONACTIVE]). RFC 4978 section 3."""


class NoSuchDomain(Refusal):
    """Not a domain of ours (550 5.1.2)."""


class CannotDo(Refusal):
    """Never possible here, whoever asks: deleting INBOX, a bad mailbox name (NO [CANNOT])."""


class HasChildren(CannotDo):
    """A name that others lie below, and nothing else, cannot be deleted (NO [HASCHILDREN]). RFC 9051 section 7.1."""


class BadUrl(Refusal):
    """A URL that leads to no octets here (NO [BADURL "…"]). RFC 4469 section 4.1."""

    def __init__(self, url: str) -> None:
        super().__init__("That URL leads to nothing here")
        self.url = url


class BadEvent(Refusal):
    """An event that nobody is told of here (NO [BADEVENT (…)], those that are). RFC 5465 section 3.1."""

    def __init__(self, text: str = "", told: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.told = told


class UnknownUse(CannotDo):
    """A special use that a mailbox cannot be given (NO [USEATTR]). RFC 6154 section 3."""


# Limits.


class TooLarge(Refusal):
    """Larger than the limit; said before the bytes are read where they were declared (552 5.3.4, NO [TOOBIG])."""


class AnnotationTooLarge(TooLarge):
    """A value longer than is kept (NO [METADATA MAXSIZE n]). RFC 5464 section 4.3."""


class TooFew(Refusal):
    """Less than is done at once (NO [TOOFEW]). RFC 10022."""


class TooMany(Refusal):
    """More than the limit allows: recipients, keywords, connections (452 4.5.3, NO [LIMIT])."""


class TooManyAnnotations(TooMany):
    """More entries, or more in them, than is kept (NO [METADATA TOOMANY]). RFC 5464 section 4.3."""


class MessageLimit(TooMany):
    """More messages than one command may touch (NO [MESSAGELIMIT n]). RFC 9738."""

    def __init__(self, text: str = "", limit: int = 0) -> None:
        super().__init__(text)
        self.limit = limit


class NotificationOverflow(TooMany):
    """More to watch than is watched for one client (NO [NOTIFICATIONOVERFLOW]). RFC 5465 section 5.8."""


class OverQuota(Refusal):
    """The account has no room left (552 5.2.2, NO [OVERQUOTA])."""


class MailLoop(Refusal):
    """The message has been here before, or everywhere (554 5.4.6). RFC 5321 section 6.3."""


# Not now.


class TryLater(Refusal):
    """A fault of ours that may pass; nothing was kept (451 4.3.0, NO [UNAVAILABLE], -ERR [SYS/TEMP])."""


class NoSpace(TryLater):
    """The disk has no room to promise anything (452 4.3.1, NO [OVERQUOTA])."""


class InUse(TryLater):
    """Somebody else holds it longer than we wait (451, NO [INUSE], -ERR [IN-USE])."""


class ShuttingDown(TryLater):
    """The server stops (421, BYE)."""


# The other side, gone. Not a refusal: nobody is left to hear it.


class Gone(Exception):
    """The peer closed, or was closed; raised by Peer.read and Peer.room."""

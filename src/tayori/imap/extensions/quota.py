"""QUOTA: what an account's mail takes, and may take; all mailboxes share one root, "". RFC 9208.

Who runs the server sets limits, so QUOTASET is not offered.
"""

from tayori.errors import NoSuchMailbox, NotAllowed
from tayori.imap import reply
from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Extension, Verb
from tayori.imap.session import Session

UNIT = 1024  # octets, RFC 9208 section 5.1


async def quota(session: Session, arguments: Arguments) -> None:
    """GETQUOTA. Raises NoSuchMailbox: another root than the one."""
    arguments.space()
    root = arguments.astring()
    arguments.end()
    if root:
        raise NoSuchMailbox("No such quota root")
    await _tell(session)


async def quota_root(session: Session, arguments: Arguments) -> None:
    """GETQUOTAROOT; the mailbox need not be there. RFC 9208 section 4.1.2."""
    arguments.space()
    name = arguments.mailbox()
    arguments.end()
    session.write(b'* QUOTAROOT %b ""\r\n' % session.spelt(name))
    await _tell(session)


async def set_quota(session: Session, arguments: Arguments) -> None:
    """Raises NotAllowed."""
    raise NotAllowed("Who runs the server sets the quota")


async def _tell(session: Session) -> None:
    """Of what has a limit, how much is used. RFC 9208 section 4.2.1."""
    _, mailboxes = session.account_mail()
    now = await mailboxes.quota()
    resources = []
    if now.storage_limit is not None:
        resources.append(b"STORAGE %d %d" % (_units(now.storage_used), _units(now.storage_limit)))
    if now.messages_limit is not None:
        resources.append(b"MESSAGE %d %d" % (now.messages, now.messages_limit))
    session.write(b'* QUOTA "" %b\r\n' % reply.parenthesized(resources))


def _units(octets: int) -> int:
    return -(-octets // UNIT)


EXTENSION = Extension(
    rfc="9208",
    capability=b"QUOTA",
    verbs=(
        Verb(b"GETQUOTA", quota, LOGGED_IN),
        Verb(b"GETQUOTAROOT", quota_root, LOGGED_IN),
        Verb(b"SETQUOTA", set_quota, LOGGED_IN),
    ),
)

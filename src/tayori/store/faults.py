"""What the disk and SQLite say, as refusals. Law: the refusal's words are safe for a peer, its cause is for the log."""

import errno

import apsw

from tayori.errors import InUse, NoSpace, Refusal, TryLater

FAULTS = (apsw.Error, OSError)
"""What `refusal` can translate."""

DAMAGED = "The mailbox index is damaged; the administrator can rebuild it with tayori reindex"

_FULL = {errno.ENOSPC, errno.EDQUOT}


def refusal(fault: BaseException) -> Refusal:
    """The refusal to raise from such a fault."""
    if isinstance(fault, apsw.FullError) or (isinstance(fault, OSError) and fault.errno in _FULL):
        return NoSpace("No space left for mail")
    if isinstance(fault, apsw.BusyError):
        return InUse("The mailbox is in use")
    if isinstance(fault, apsw.CorruptError | apsw.NotADBError):
        return TryLater(DAMAGED)
    return TryLater("The mail store cannot be used now")

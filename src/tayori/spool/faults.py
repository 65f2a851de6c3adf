"""What the disk says, as refusals whose words are safe for a peer; the cause is for the log."""

import errno

from tayori.errors import NoSpace, TryLater

_FULL = {errno.ENOSPC, errno.EDQUOT}


def refusal(fault: BaseException) -> TryLater:
    """The refusal that stands for such a fault, which is its cause."""
    full = isinstance(fault, OSError) and fault.errno in _FULL
    said = NoSpace("No space left for mail") if full else TryLater("The message cannot be stored now")
    said.__cause__ = fault
    return said

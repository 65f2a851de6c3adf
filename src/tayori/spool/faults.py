"""What the disk says, as refusals whose words are safe for a peer; the cause is for the log."""

import errno

from tayori.errors import NoSpace, TryLater

_FULL = {errno.ENOSPC, errno.EDQUOT}


def refusal(fault: OSError) -> TryLater:
    """The refusal to raise from such a fault."""
    if fault.errno in _FULL:
        return NoSpace("No space left for mail")
    return TryLater("The message cannot be stored now")

"""An arrival's octets become a file of the Maildir. DESIGN section 5."""

import os

from tayori.model import Arrival
from tayori.store import maildir
from tayori.store.account import AccountMail

JUST_NOW = 2  # seconds: so near is a file's own time to that of its arrival


def deposit(mail: AccountMail, arrival: Arrival, home: str, where: str) -> int:
    """Put it at `where` below `home`, over a file that may be there; its octets. Raises OSError."""
    if arrival.path:
        maildir.link(arrival.path, home, where)
        return os.stat(arrival.path).st_size
    old = abs(arrival.received - mail.now()) > JUST_NOW
    maildir.write(home, where, arrival.content, arrival.received if old else None)
    return len(arrival.content)

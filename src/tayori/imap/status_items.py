"""What STATUS can tell of a mailbox. RFC 3501 section 6.3.10; extensions bring more."""

from collections.abc import Callable, Mapping

from tayori.imap.settings import Settings
from tayori.model import Status

StatusItem = Callable[[Status, Settings], bytes]

ITEMS: Mapping[bytes, StatusItem] = {
    b"MESSAGES": lambda status, _: b"MESSAGES %d" % status.messages,
    b"RECENT": lambda status, _: b"RECENT %d" % status.recent,
    b"UIDNEXT": lambda status, _: b"UIDNEXT %d" % status.uid_next,
    b"UIDVALIDITY": lambda status, _: b"UIDVALIDITY %d" % status.uid_validity,
    b"UNSEEN": lambda status, _: b"UNSEEN %d" % status.unseen,
}

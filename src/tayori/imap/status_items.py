"""What STATUS can tell of a mailbox. RFC 3501 section 6.3.10; extensions bring more."""

from collections.abc import Callable, Mapping

from tayori.model import Status

StatusItem = Callable[[Status], bytes]

ITEMS: Mapping[bytes, StatusItem] = {
    b"MESSAGES": lambda status: b"MESSAGES %d" % status.messages,
    b"RECENT": lambda status: b"RECENT %d" % status.recent,
    b"UIDNEXT": lambda status: b"UIDNEXT %d" % status.uid_next,
    b"UIDVALIDITY": lambda status: b"UIDVALIDITY %d" % status.uid_validity,
    b"UNSEEN": lambda status: b"UNSEEN %d" % status.unseen,
}

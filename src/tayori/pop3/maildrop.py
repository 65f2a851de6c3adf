"""The messages of one session: numbers, sizes, UIDs are fixed at log-in, deletions wait. RFC 1939 sections 4 and 6."""

from array import array
from collections.abc import Iterator

from tayori.errors import Expunged, NoSuchMessage
from tayori.model import INBOX, Account, Buffer, Column, Ranges
from tayori.ports import Accounts, Mailbox, Peer

ROWS = 200  # asked for at once
AHEAD = 8  # messages that are read at once; fewer where they are large


class Maildrop:
    """An account's INBOX as it was at log-in; others may change it meanwhile."""

    __slots__ = ("_ahead", "_mailbox", "_next", "deleted", "sizes", "uid_validity", "uids")

    def __init__(self, mailbox: Mailbox, uid_validity: int, uids: "array[int]", sizes: "array[int]") -> None:
        self._mailbox = mailbox
        self._next = 1  # the number behind the one that was asked for last
        self._ahead: list[Buffer | None] = []  # read already, from that number on
        self.uid_validity = uid_validity
        self.uids = uids
        self.sizes = sizes  # octets in CRLF form
        self.deleted: set[int] = set()  # numbers, from 1

    def check(self, number: int) -> int:
        """The number itself. Raises NoSuchMessage: none of that number, or deleted."""
        if not 0 < number <= len(self.uids) or number in self.deleted:
            raise NoSuchMessage("No such message")
        return number

    def numbers(self) -> Iterator[int]:
        """Of the messages that are not deleted."""
        return (number for number in range(1, len(self.uids) + 1) if number not in self.deleted)

    def total(self) -> tuple[int, int]:
        """How many messages, how many octets."""
        gone = sum(self.sizes[number - 1] for number in self.deleted)
        return len(self.uids) - len(self.deleted), sum(self.sizes) - gone

    def uid(self, number: int) -> str:
        """The same in every session, and never another's. RFC 1939 section 7."""
        return f"{self.uid_validity}-{self.uids[number - 1]}"

    async def content(self, number: int) -> Buffer:
        """For who asks for one after another some are read at once. Raises NoSuchMessage, Expunged."""
        self.check(number)
        in_order = number == self._next
        self._next = number + 1
        if not in_order:
            self._ahead = []
            return await self._mailbox.content(self.uids[number - 1])
        if not self._ahead:
            self._ahead = await self._mailbox.contents(self.uids[number - 1 : number - 1 + AHEAD])
        content = self._ahead.pop(0)
        if content is None:
            raise Expunged("The message is gone")
        return content

    async def remove(self) -> None:
        """What was deleted goes, as one step. Raises InUse, TryLater."""
        if self.deleted:
            await self._mailbox.remove([(uid, uid) for uid in sorted(self.uids[number - 1] for number in self.deleted)])


async def opened(accounts: Accounts, account: Account, peer: Peer) -> Maildrop:
    """Messages that go while the list is made are left out of it. Raises TryLater."""
    mailbox = await (await accounts.mailboxes(account)).open(INBOX)
    snapshot = await mailbox.latest()
    uids, sizes = array("I"), array("q")
    for ranges in _slices(snapshot.uids):
        if uids:
            await peer.room()
        for uid, size in await mailbox.rows(ranges, (Column.SIZE,)):
            assert isinstance(uid, int)
            assert isinstance(size, int)
            uids.append(uid)
            sizes.append(size)
    return Maildrop(mailbox, snapshot.uid_validity, uids, sizes)


def _slices(uids: "array[int]") -> Iterator[Ranges]:
    """From one UID to another: what lies between was given out before the log-in too."""
    for start in range(0, len(uids), ROWS):
        yield [(uids[start], uids[min(start + ROWS, len(uids)) - 1])]

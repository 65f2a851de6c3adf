"""An applier in memory: mailboxes are dicts, a power cut takes back what was not settled. Implements ports.Applier."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from tayori.model import INBOX, Account, Arrival, MailboxName, Placement, Replaced

UID_VALIDITY = 7


@dataclass
class State:
    """What a disk would hold."""

    uids: dict[MailboxName, int] = field(default_factory=dict)  # the last one given
    messages: dict[Placement, bytes] = field(default_factory=dict)
    applied: dict[tuple[Account, str], int] = field(default_factory=dict)


class MemoryApplier:
    """`refuse`: answers for an account's arrivals; `fault`: raised by place; `gone`: mailboxes that are not there."""

    def __init__(self) -> None:
        self.state = State()
        self.settled_state = State()
        self.batches: list[int] = []  # arrivals of each call
        self.arrivals: list[Arrival] = []
        self.refuse: dict[Account, Exception] = {}
        self.fault: BaseException | None = None
        self.room_fault: Exception | None = None
        self.asked: list[tuple[int, int, Replaced | None]] = []  # of `room`: octets, messages, what goes
        self.gone: set[MailboxName] = set()
        self._changed = False

    async def room(self, account: Account, octets: int, messages: int = 1, replaces: Replaced | None = None) -> None:
        self.asked.append((octets, messages, replaces))
        if self.room_fault is not None:
            raise self.room_fault

    async def place(self, arrivals: Sequence[Arrival]) -> list[Placement | Exception | None]:
        self.batches.append(len(arrivals))
        self.arrivals += arrivals
        if self.fault is not None:
            raise self.fault
        seen = dict(self.state.applied)
        return [self.refuse.get(arrival.account) or self._place(arrival, seen) for arrival in arrivals]

    def _place(self, arrival: Arrival, seen: dict[tuple[Account, str], int]) -> Placement | None:
        log, sequence = arrival.position
        if sequence <= seen.get((arrival.account, log), 0):
            return None
        mailbox = INBOX if arrival.mailbox in self.gone else arrival.mailbox
        recorded = Placement(arrival.account, mailbox, *arrival.recorded) if arrival.recorded else None
        free = recorded is not None and recorded not in self.state.messages
        fresh = Placement(arrival.account, mailbox, UID_VALIDITY, self.state.uids.get(mailbox, 0) + 1)
        placement = recorded if recorded is not None and free else fresh
        self.state.uids[mailbox] = max(placement.uid, fresh.uid - 1)
        content = Path(arrival.path).read_bytes() if arrival.path else arrival.content
        self.state.messages[placement] = content.replace(b"\n", b"\r\n") if arrival.lf else content
        self.state.applied[arrival.account, log] = sequence
        if arrival.replaces is not None and mailbox == arrival.mailbox:
            self.state.messages.pop(Placement(arrival.account, *arrival.replaces), None)
        self._changed = True
        return placement

    def _placement(self, arrival: Arrival, mailbox: MailboxName) -> Placement:
        last = self.state.uids.get(mailbox, 0)
        if arrival.recorded:
            placement = Placement(arrival.account, mailbox, UID_VALIDITY, arrival.recorded[1])
            if placement not in self.state.messages:
                self.state.uids[mailbox] = max(last, arrival.recorded[1])
                return placement
        self.state.uids[mailbox] = last + 1
        return Placement(arrival.account, mailbox, UID_VALIDITY, last + 1)

    async def withdraw(self, placements: Sequence[Placement]) -> None:
        for placement in placements:
            del self.state.messages[placement]
        self._changed = True

    def before_settling(self) -> object:
        self._changed = False
        return deepcopy(self.state)

    async def settled(self, mark: object) -> None:
        assert isinstance(mark, State)
        self.settled_state = mark

    def unsettled(self) -> bool:
        return self._changed

    # ---- for tests

    def power_cut(self) -> None:
        self.state = deepcopy(self.settled_state)

    def contents(self) -> list[bytes]:
        """In the order of their UIDs."""
        return [self.state.messages[placement] for placement in sorted(self.state.messages)]

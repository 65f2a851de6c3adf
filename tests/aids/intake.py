"""An intake in memory: what was accepted is in a list. Implements ports.Intake and Draft."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tayori.delivery import decide
from tayori.delivery.decide import Rules
from tayori.errors import OverQuota, Refusal
from tayori.model import Account, Action, Address, Envelope, MailboxName, Origin, Placement, Receipt, Replaced, Store
from tayori.ports import Directory, Draft
from tayori.smtp import grammar


class Accepted(NamedTuple):
    """A message that was committed, and what was decided about it."""

    envelope: Envelope
    origin: Origin
    content: bytes
    actions: list[Action]


class Appended(NamedTuple):
    account: Account
    mailbox: MailboxName
    flags: tuple[str, ...]
    received: tuple[int, int] | None
    content: bytes


@dataclass
class MemoryDraft:
    """Knows whether it was discarded, and may be told to fail."""

    intake: "MemoryIntake"
    about: tuple[Envelope, Origin] | tuple[Account, MailboxName, tuple[str, ...], tuple[int, int] | None]
    content: bytearray = field(default_factory=bytearray)
    discarded: bool = False
    committed: bool = False
    replaces: Replaced | None = None
    aside: bool = False
    refused: dict[int, Refusal] = field(default_factory=dict)

    async def write(self, chunk: bytes) -> None:
        assert not self.discarded
        assert not self.committed
        if self.intake.full_at is not None and len(self.content) + len(chunk) > self.intake.full_at:
            raise self.intake.fault
        self.content += chunk

    async def set_aside(self) -> None:
        self.aside = True

    async def commit(self) -> Receipt:
        assert not self.discarded
        if self.intake.commit_fault is not None:
            raise self.intake.commit_fault
        self.refused = self.intake.refusals(self)
        self.committed = True
        return await self.intake.keep(self)

    def discard(self) -> None:
        self.discarded = not self.committed


class MemoryIntake:
    """`full_at`: octets of a draft from which on `fault` is raised; `commit_fault` is raised by every commit.

    `full`: addresses whose mailboxes turn out to be full when a message for them is committed.
    """

    def __init__(self, directory: Directory, rules: Rules | None = None) -> None:
        self.directory = directory
        self.rules = rules or Rules()
        self.accepted: list[Accepted] = []
        self.appended: list[Appended] = []
        self.drafts: list[MemoryDraft] = []
        self.sizes: list[int] = []  # as declared
        self.full_at: int | None = None
        self.fault: Refusal = Refusal("full")
        self.begin_fault: Refusal | None = None
        self.commit_fault: Refusal | None = None
        self.full: set[str] = set()

    async def sender(self, path: str, origin: Origin) -> None:
        await decide.may_send_as(self.directory, path, origin, self.rules)

    async def recipient(self, address: Address, origin: Origin) -> list[Action]:
        return await decide.actions(self.directory, address, origin, self.rules)

    async def message(self, envelope: Envelope, origin: Origin, size: int) -> MemoryDraft:
        if self.begin_fault is not None:
            raise self.begin_fault
        return self._draft(MemoryDraft(self, (envelope, origin)), size)

    async def append(
        self,
        account: Account,
        mailbox: MailboxName,
        flags: tuple[str, ...],
        received: tuple[int, int] | None,
        size: int,
        replaces: Replaced | None = None,
    ) -> MemoryDraft:
        if self.begin_fault is not None:
            raise self.begin_fault
        return self._draft(MemoryDraft(self, (account, mailbox, flags, received), replaces=replaces), size)

    async def commit_all(self, drafts: Sequence[Draft]) -> list[Receipt]:
        """A fault is one of all of them: nothing has been kept before it."""
        return [await draft.commit() for draft in drafts]

    def refusals(self, draft: MemoryDraft) -> dict[int, Refusal]:
        """By recipient. Raises OverQuota, where one answer is all."""
        if len(draft.about) == 4:
            return {}
        envelope, origin = draft.about
        named = [grammar.mailbox(recipient.address) for recipient in envelope.recipients]
        refused: dict[int, Refusal] = {nth: OverQuota("Full") for nth, name in enumerate(named) if name in self.full}
        if refused and origin.service != "lmtp":
            raise refused.popitem()[1]
        return refused

    def _draft(self, draft: MemoryDraft, size: int) -> MemoryDraft:
        self.drafts.append(draft)
        self.sizes.append(size)
        return draft

    async def keep(self, draft: MemoryDraft) -> Receipt:
        """What a commit makes true."""
        number = sum(draft.committed for draft in self.drafts)
        content = bytes(draft.content)
        if len(draft.about) == 4:
            account, mailbox, flags, received = draft.about
            self.appended.append(Appended(account, mailbox, flags, received, content))
            return Receipt(f"m{number}", [Placement(account, mailbox, 1, number)])
        envelope, origin = draft.about
        actions = await decide.plan(self.directory, envelope, origin, self.rules)
        self.accepted.append(Accepted(envelope, origin, content, actions))
        stores = [action for action in actions if isinstance(action, Store)]
        return Receipt(f"m{number}", [Placement(store.account, store.mailbox, 1, number) for store in stores])

"""One account's mail in this process: its catalog, its followers, the versions of its mailboxes. ports.Mailboxes."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar
from weakref import WeakValueDictionary

import apsw

from tayori.errors import NoSpace, TryLater
from tayori.model import INBOX, Account, AccountChanges, LogPosition, MailboxInfo, MailboxName, Quota, Status
from tayori.ports import Clock
from tayori.store import annotations, disk, journal, paths, quota, tree, watch
from tayori.store.catalog import Catalog
from tayori.store.journal import Exhausted, Step
from tayori.store.mailbox import OpenMailbox
from tayori.store.snapshot import Versions

T = TypeVar("T")

ATTEMPTS = 3  # to get below the limits


class Target(NamedTuple):
    """A mailbox as it stood when somebody looked where arrivals for it are to lie."""

    id: int
    name: MailboxName
    folder: str
    keywords: tuple[str, ...]


class House(Protocol):
    """What an account asks of the store that it belongs to."""

    clock: Clock

    def wrote(self, mail: "AccountMail", step: Step | None) -> None:
        """Something is committed; without a step nothing that others follow."""

    def remember(self, mail: "AccountMail", versions: Versions) -> None:
        """A session has opened that mailbox: others may soon."""

    def release_reserve(self) -> None:
        """The disk is full: give back what was set aside."""

    async def settle_limits(self, mail: "AccountMail") -> None:
        """Make raised limits durable and let them hold."""


class AccountMail:
    __slots__ = (
        "__weakref__",
        "_followers",
        "_house",
        "_identified",
        "_identities",
        "_root",
        "_seen",
        "_versions",
        "account",
        "applied",
        "catalog",
        "folder",
        "placing",
        "roomy_until",
        "shape",
        "targets",
        "told",
    )

    def __init__(self, account: Account, folder: Path, catalog: Catalog, house: House) -> None:
        self.account = account
        self.folder = folder
        self._root = str(paths.maildir(folder))
        self.catalog = catalog
        self.placing = asyncio.Lock()
        self.applied: dict[str, int] | None = None  # how far each spool log is applied, once it was asked
        self.roomy_until = 0.0  # on the clock that only goes forward: no quota stands in the way so long
        self.targets: dict[MailboxName, Target] = {}  # where mail went lately
        self.shape: int | None = None  # of the mailboxes, as the mirror has told their names
        self.told = 0  # the MODSEQ that followers were woken for
        self._house = house
        self._followers: dict[object, Callable[[], None]] = {}
        self._identities: dict[MailboxName, tuple[int, str]] = {}
        self._identified: object = None  # the version of the catalog that they are of
        self._versions: WeakValueDictionary[int, Versions] = WeakValueDictionary()
        self._seen: object = None  # of the write-ahead log, when it was last looked at

    # ---- ports.Mailboxes

    async def listing(self) -> list[MailboxInfo]:
        return await self.catalog.read(tree.listing)

    async def create(self, name: MailboxName, special_use: str = "") -> str:
        spelt = paths.canonical(name)
        return await self.change(lambda step: tree.create(step, spelt, special_use, self.now()))

    async def delete(self, name: MailboxName) -> None:
        spelt = paths.canonical(name)
        await self.change(lambda step: tree.delete(step, spelt, self.now()))

    async def rename(self, old: MailboxName, new: MailboxName) -> None:
        before, after = paths.canonical(old), paths.canonical(new)

        def renamed(step: Step) -> None:
            tree.rename(step, before, after, self.now())
            if before == INBOX:
                annotations.copy(step, before, after)

        await self.change(renamed, apart=before == INBOX)

    async def subscribe(self, name: MailboxName) -> None:
        spelt = paths.canonical(name)
        await self.change(lambda step: tree.subscribe(step, spelt))

    async def unsubscribe(self, name: MailboxName) -> None:
        await self.change(lambda step: tree.unsubscribe(step, name))

    async def status(self, name: MailboxName) -> Status:
        return await self.catalog.glance(lambda db: tree.status(db, name))

    async def statuses(self, names: Sequence[MailboxName]) -> dict[MailboxName, Status]:
        return await self.catalog.glance(lambda db: tree.statuses(db, names))

    async def changed_since(self, modseq: int) -> AccountChanges:
        return await watch.changed_since(self.catalog, modseq)

    async def annotations(
        self, name: MailboxName | None, entries: Sequence[str], depth: int | None
    ) -> dict[str, bytes]:
        return await self.catalog.read(lambda db: annotations.found(db, name, entries, depth))

    async def annotate(self, name: MailboxName | None, values: Mapping[str, bytes | None]) -> None:
        await self.change(lambda step: annotations.annotate(step, name, values))

    async def annotated_since(self, modseq: int) -> list[tuple[MailboxName | None, str]]:
        return await self.catalog.read(lambda db: annotations.changed_since(db, modseq))

    async def quota(self) -> Quota:
        return await self.catalog.read(quota.of)

    async def open(self, name: MailboxName) -> OpenMailbox:
        mailbox_id, guid = await self._identity(name)
        versions = self.versions(mailbox_id)
        self._house.remember(self, versions)
        return OpenMailbox(self, versions, guid, self._identified)

    async def _identity(self, name: MailboxName) -> tuple[int, str]:
        """A mailbox's id here, and the one that others know: asked once while nobody writes. Raises NoSuchMailbox."""
        version = await self.catalog.version()
        if version != self._identified:
            self._identified, self._identities = version, {}
        known = self._identities.get(name)
        if known is None:
            identities = self._identities  # of that version, or of a later one; never of one before
            known = identities[name] = await self.catalog.glance(lambda db: tree.identity(db, name))
        return known

    def follow(self, wake: Callable[[], None]) -> Callable[[], None]:
        key = object()
        self._followers[key] = wake

        def leave() -> None:
            self._followers.pop(key, None)

        return leave

    # ---- what the store's other parts use

    @property
    def root(self) -> str:
        return self._root

    @property
    def is_followed(self) -> bool:
        return bool(self._followers)

    def now(self) -> int:
        return int(self._house.clock.now())

    def versions(self, mailbox_id: int) -> Versions:
        versions = self._versions.get(mailbox_id)
        if versions is None:
            versions = self._versions[mailbox_id] = Versions(self.catalog, mailbox_id)
        return versions

    async def change(self, work: Callable[[Step], T], apart: bool = False) -> T:
        """Do a step of history, `apart` in a thread; tell who follows. Raises TryLater and what `work` does."""

        def run(db: apsw.Connection) -> tuple[T, Step]:
            step = Step(db)
            return work(step), step

        for _ in range(ATTEMPTS):
            try:
                result, step = await (self.catalog.write_apart(run) if apart else self.catalog.write(run))
            except Exhausted as wanted:
                await self.raise_limits(wanted)
                continue
            if step.changed:
                self._house.wrote(self, step)
            return result
        raise TryLater("The mailbox grows too fast")

    async def shrink(self, work: Callable[[Step], T], apart: bool = False) -> T:
        """As `change`, for what makes room: on a full disk with the room that was set aside for it."""
        try:
            return await self.change(work, apart)
        except NoSpace:
            self._house.release_reserve()
            return await self.change(work, apart)

    async def write(self, work: Callable[[apsw.Connection], T]) -> T:
        """Write what is no step of history."""
        result = await self.catalog.write(work)
        self._house.wrote(self, None)
        return result

    async def raise_limits(self, wanted: Exhausted) -> None:
        """Make room for a step that found none, durably."""
        await self.catalog.write(lambda db: journal.raise_limits(db, wanted))
        await self._house.settle_limits(self)

    def note_applied(self, positions: Iterable[LogPosition]) -> None:
        if self.applied is not None:
            for log, sequence in positions:
                self.applied[log] = max(sequence, self.applied.get(log, -1))

    def news(self, modseq: int) -> None:
        """Wake who follows, once for each MODSEQ."""
        if modseq > self.told:
            self.told = modseq
            self.wake()

    def wake(self) -> None:
        for wake in list(self._followers.values()):
            wake()

    async def look(self) -> None:
        """Compare the account's MODSEQ with what followers were told; costs a stat while nobody writes."""
        if not self.catalog.stands():
            self.catalog.close()
            self.wake()  # sessions learn that it is gone
            return
        log = self._log_state()
        if log is not None and log == self._seen:
            return
        self._seen = log
        rested = not self.catalog.is_open
        rows = await self.catalog.rows(tuple[int], "select modseq from account")
        if rested:
            self.catalog.close()
        self.news(rows[0][0])

    def _log_state(self) -> object | None:
        """Differs after each commit; None while its time could still stay the same over one."""
        try:
            state = os.stat(f"{self.catalog.path}-wal")
        except OSError:
            return None
        if disk.may_change_unseen(state.st_mtime_ns, time.time_ns()):
            return None
        return state.st_mtime_ns, state.st_size

"""Everybody's mail: ports.Accounts and ports.Applier over DATA/mail. DESIGN sections 4 and 5."""

import asyncio
import logging
import os
import resource
import socket
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar
from weakref import WeakValueDictionary

import apsw

from tayori.errors import Refusal, TryLater
from tayori.model import Account, Arrival, Placement, Replaced
from tayori.ports import Clock, Hints
from tayori.store import change, clean, creation, disk, dovecot, found, journal, memory, paths, quota, unlogged
from tayori.store.account import AccountMail
from tayori.store.catalog import Catalog
from tayori.store.faults import FAULTS, refusal
from tayori.store.journal import Step
from tayori.store.place import place
from tayori.store.reindex import reindex
from tayori.store.snapshot import Versions

ROOMY = 0.2  # seconds for which "there is room for something" need not be asked again
LOOK = 1.0  # seconds between two looks at the accounts that are followed
IDLE = 5  # looks without use after which a catalog is closed whose sessions only wait …
QUIET = 60  # … and one that no session waits for: mail may come again soon
THREADS = 2  # for large writes, creation, syncing
DESCRIPTORS = 4  # of an open catalog: database, log, shared memory, and now and then a second connection
REMEMBERED = 128, 500_000  # mailboxes, and messages of them in all, that the next session finds read
FEWEST_OPEN, MOST_OPEN = 16, 1_500  # catalogs, whatever RLIMIT_NOFILE allows; half of it is left to others

T = TypeVar("T")
Limits = tuple[int, list[tuple[int, int]]]
Mark = list[tuple[AccountMail, Limits]]

_log = logging.getLogger("tayori.store")


class Store:
    """One for a process. `start` and `close` belong to whoever made it; before the first, `clean.begin` is said."""

    def __init__(self, data: Path, hints: Hints, clock: Clock) -> None:
        self.data = data
        self.clock = clock
        self._hints = hints
        self._host = socket.gethostname().translate({ord(char): f"\\{ord(char):03o}" for char in "/:,_"})
        self._threads = ThreadPoolExecutor(THREADS, "store")
        self._known: WeakValueDictionary[Account, AccountMail] = WeakValueDictionary()
        self._open: OrderedDict[Account, AccountMail] = OrderedDict()  # least recently used first
        self._most_open = _room_for_catalogs()
        self._remembered: OrderedDict[Versions, AccountMail] = OrderedDict()  # opened longest ago first
        self._raised: dict[Account, AccountMail] = {}  # limits that wait for a settling
        self._unsettled = False
        self._sync = SharedSync(self._settle_disk)
        self._look_now = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look at what is followed, once a second."""
        self._looking = asyncio.get_running_loop().create_task(self._look_each_second())

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        self._threads.shutdown()
        for mail in list(self._known.values()):
            mail.catalog.close()
        self._open.clear()
        self._remembered.clear()

    # ---- ports.Accounts

    async def mailboxes(self, account: Account) -> AccountMail:
        """Its mail, made if it is new. Raises TryLater."""
        mail = self._known.get(account)
        if mail is None or not mail.catalog.stands():
            if mail is not None:
                mail.catalog.close()
            mail = await self._found(account)
        self._open[account] = mail
        self._open.move_to_end(account)
        if len(self._open) > self._most_open:
            self._close_idle()
        return mail

    async def _found(self, account: Account) -> AccountMail:
        folder = paths.account_folder(self.data, account)
        path = paths.catalog(folder)
        if not _is_there(path):
            await self.in_thread(lambda: self._make(account, folder))
        mail = self._known.get(account)
        if mail is None or not mail.catalog.stands():  # the account was removed and made anew, or its index rebuilt
            catalog = Catalog(path, self._threads, self._begin_epoch)
            mail = self._known[account] = AccountMail(account, folder, catalog, self)
        return mail

    def _make(self, account: Account, folder: Path) -> None:
        """A new account, or the catalog of a Maildir that another program left. Raises TryLater: ours is lost."""
        root = str(paths.maildir(folder))
        if dovecot.served(root):
            raise TryLater("The mailbox index is lost; the administrator can rebuild it with tayori reindex")
        if os.path.isdir(root) and found.has_mail(root):
            with disk.alone(folder):  # it renames files, and another session may come meanwhile
                if not paths.catalog(folder).exists():
                    reindex(self.data, account)
        else:
            creation.create(folder, self.clock.now(), clean.current(self.data))

    def _begin_epoch(self, db: apsw.Connection) -> None:
        journal.begin_epoch(db, clean.current(self.data))

    def _close_idle(self) -> None:
        """Close the catalogs longest unused, down to what the process may hold open."""
        for account in list(self._open)[: len(self._open) - self._most_open]:
            mail = self._open[account]
            if not mail.catalog.is_busy:
                del self._open[account]
                mail.catalog.close()

    # ---- ports.Applier

    async def room(self, account: Account, octets: int, messages: int = 1, replaces: Replaced | None = None) -> None:
        now, known = monotonic(), self._known.get(account)
        if known is not None and not octets and now <= known.roomy_until:
            return
        mail = await self.mailboxes(account)
        if await mail.catalog.glance(quota.is_limited):
            await mail.catalog.read(lambda db: _check_room(db, octets, messages, replaces))
        if replaces is None:  # for one that goes there may be room in a full account
            mail.roomy_until = now + ROOMY

    async def place(self, arrivals: Sequence[Arrival]) -> list[Placement | Exception | None]:
        groups: dict[Account, list[int]] = {}
        for at, arrival in enumerate(arrivals):
            groups.setdefault(arrival.account, []).append(at)
        answers: list[Placement | Exception | None] = [None] * len(arrivals)
        for account, group in groups.items():
            for at, answer in zip(group, await self._placed(account, [arrivals[at] for at in group]), strict=True):
                answers[at] = answer
        return answers

    async def _placed(self, account: Account, arrivals: Sequence[Arrival]) -> Sequence[Placement | Exception | None]:
        try:
            return await place(await self.mailboxes(account), arrivals, self._host)
        except Refusal as refused:
            _log.warning("event=not-placed account=%r why=%r cause=%r", account, str(refused), refused.__cause__)
            return [refused] * len(arrivals)

    async def withdraw(self, placements: Sequence[Placement]) -> None:
        for placement in placements:
            mail = await self.mailboxes(placement.account)
            await mail.change(partial(change.withdraw, uid_validity=placement.uid_validity, uid=placement.uid))

    async def forsake(self, ends: Mapping[str, int]) -> None:
        """After a life in doubt, and a replay: take back what lies beyond the logs' ends and lost its octets.

        `ends`: by a log's name the last sequence that it had. An account whose mail cannot be read stays as it is.
        Raises OSError: the accounts cannot be listed.
        """
        written = {str(folder): time for folder in paths.account_folders(self.data) if (time := _last_write(folder))}
        for folder in unlogged.recent(written):
            account = paths.account_of(Path(folder))
            try:
                count = await unlogged.withdraw(await self.mailboxes(account), ends)
            except (Refusal, *FAULTS) as fault:
                _log.error("event=not-forsaken account=%r cause=%r", account, fault.__cause__ or fault)
                continue
            if count:
                _log.warning("event=forsaken account=%r messages=%d", account, count)

    def before_settling(self) -> Mark:
        self._unsettled = False
        raised, self._raised = self._raised, {}
        mark: Mark = []
        for account, mail in raised.items():
            try:
                mark.append((mail, journal.raised_limits(mail.catalog.db())))
            except FAULTS:
                self._raised[account] = mail  # next time
        return mark

    async def settled(self, mark: object) -> None:
        assert isinstance(mark, list)
        for mail, limits in mark:
            try:
                await mail.catalog.write(partial(journal.limits_settled, limits=limits))
            except TryLater:
                self._raised[mail.account] = mail

    def unsettled(self) -> bool:
        return self._unsettled or bool(self._raised)

    # ---- account.House

    def wrote(self, mail: AccountMail, step: Step | None) -> None:
        self._unsettled = True
        if step is None:
            return
        if step.raised:
            self._raised[mail.account] = mail
        mail.news(step.modseq)
        self._hints.changed(mail.account, step.modseq)

    def remember(self, mail: AccountMail, versions: Versions) -> None:
        known = versions in self._remembered
        self._remembered[versions] = mail
        self._remembered.move_to_end(versions)
        if known:
            return
        mailboxes, messages = REMEMBERED
        while len(self._remembered) > mailboxes or sum(map(len, self._remembered)) > messages:
            self._remembered.popitem(last=False)

    def release_reserve(self) -> None:
        paths.reserve(self.data).unlink(missing_ok=True)

    async def settle_limits(self, mail: AccountMail) -> None:
        limits = await mail.catalog.read(journal.raised_limits)
        await self._sync.done()
        await mail.catalog.write(lambda db: journal.limits_settled(db, limits))

    # ---- News

    def hint(self, account: Account, modseq: int) -> None:
        """Another process, or this one, says that the account is at that MODSEQ."""
        mail = self._known.get(account)
        if mail is not None:
            mail.news(modseq)

    def look_everywhere(self) -> None:
        """Hints were lost: compare the MODSEQs of all that are followed, soon."""
        self._look_now.set()

    async def _look_each_second(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK):
                    await self._look_now.wait()
            except TimeoutError:
                pass
            self._look_now.clear()
            await self._look()
            await self._let_rest()

    async def _look(self) -> None:
        for mail in list(self._known.values()):
            if mail.is_followed:
                try:
                    await mail.look()
                except Refusal as refused:
                    _log.warning("event=look-failed account=%r why=%r", mail.account, refused.__cause__ or refused)
                await asyncio.sleep(0)  # opening a catalog costs half a millisecond

    async def _let_rest(self) -> None:
        """Close the catalogs that nobody uses now: a session that idles needs none."""
        rested = False
        for mail in list(self._known.values()):
            if mail.catalog.rest(IDLE if mail.is_followed else QUIET):
                self._open.pop(mail.account, None)
                rested = True
                await asyncio.sleep(0)
        if rested:
            self._threads.submit(memory.give_back)  # holds the allocator up for milliseconds, not the loop

    # ---- For the keeper and the command line

    async def sync(self) -> None:
        """Make everything durable that was written before this. Raises TryLater."""
        await self._sync.done()

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run it in a thread of the store's own. Raises NoSpace, TryLater."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except FAULTS as fault:
            raise refusal(fault) from fault

    async def set_quota(self, account: Account, octets: int | None, messages: int | None = None) -> None:
        mail = await self.mailboxes(account)
        await mail.write(lambda db: quota.allow(db, octets, messages))

    async def _settle_disk(self) -> None:
        await self.in_thread(lambda: disk.sync_file_system(self.data))


class SharedSync:
    """One sync for all that wait: who comes while one runs is served by the next."""

    def __init__(self, sync: Callable[[], Coroutine[None, None, None]]) -> None:
        self._sync = sync
        self._running = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None

    async def done(self) -> None:
        """Return when a sync that began after this call has ended. Raises what the sync does."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._run())
        await asyncio.shield(self._next)

    async def _run(self) -> None:
        async with self._running:
            self._next = None
            await self._sync()


def _is_there(path: Path) -> bool:
    """Raises TryLater: nobody can tell, such as where the folder belongs to another user."""
    try:
        return path.exists()
    except OSError as fault:
        raise refusal(fault) from fault


def _last_write(folder: Path) -> int:
    """To an account's catalog, ns; 0: never."""
    try:
        return os.stat(paths.catalog_log(folder)).st_mtime_ns
    except OSError:
        return 0


def _check_room(db: apsw.Connection, octets: int, messages: int, replaces: Replaced | None) -> None:
    """Raises OverQuota."""
    going = change.replaced(db, replaces) if replaces is not None else None
    if going is not None:
        octets, messages = octets - going[1], messages - 1
    quota.check(db, octets, messages)


def _room_for_catalogs() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(FEWEST_OPEN, min(MOST_OPEN, soft // 2 // DESCRIPTORS))

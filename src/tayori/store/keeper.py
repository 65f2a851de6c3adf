"""The keeper's work: mirrors and extracts follow, files of what is gone go, logs are checkpointed. DESIGN section 4."""

import logging
import os
import time
from pathlib import Path
from typing import NamedTuple

from tayori.errors import Refusal, TryLater
from tayori.store import disk, folders, mirror, paths, sorting, sweep
from tayori.store.account import AccountMail
from tayori.store.catalog import Ending
from tayori.store.extracting import Extractor
from tayori.store.faults import FAULTS
from tayori.store.leftovers import Leftovers
from tayori.store.mirror import Followed
from tayori.store.store import Store

LARGE = 8 * 2**20  # octets of a write-ahead log that is checkpointed though its account is busy
KEPT = 2**20  # octets of a log that stay when its account is at rest
FRAME = 4096 + 24  # octets
RESERVE = 4 * 2**20  # octets with which messages can be expunged on a full disk
AT_REST = 10 * 10**9  # ns without a write, after which any log is
QUIET = 2 * 10**9  # ns without a write, after which an account is extracted: deliveries need the processor more
LATEST = 600 * 10**9  # ns after which it is extracted though it is written to all the time
CHECKPOINTS = 50  # of accounts at rest, in one step: each costs two syncs

_log = logging.getLogger("tayori.store")

State = tuple[int, int]
"""Of a write-ahead log: when it was written last (ns), and its size."""


class _Visit(NamedTuple):
    """An account that has changed."""

    folder: Path
    state: State
    mail: AccountMail
    followed: Followed | None  # None: the mirror has nothing to note
    has_gone: bool  # files may have to go


class _Gone(NamedTuple):
    """An account's messages that are gone and whose files are not; none, where only folders are left."""

    mail: AccountMail
    condemned: list[sweep.Condemned]


class Keeper:
    """One in a server; `step` is called again and again, about once a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folders: list[Path] = []
        self._listed: object = None  # when the folders above them had changed last, as they were listed
        self._done: dict[Path, State] = {}  # logs whose every commit has been followed
        self._written: dict[Path, State | None] = {}  # logs at rest that have been checkpointed
        self._extractor = Extractor()
        self._leftovers = Leftovers()
        self._unread: dict[Path, int] = {}  # accounts whose extract may lack something, and since when (ns)

    async def step(self) -> None:
        """Bring every account's Maildir up to date that has changed since the last step, and its log to order."""
        now = time.time_ns()
        self._set_aside()
        logs = self._logs()
        changed = [(folder, state) for folder, state in logs.items() if self._done.get(folder) != state]
        visits = [visit for folder, state in changed if (visit := await self._followed(folder, state, now))]
        gone = [each for visit in await self._noted(visits) if (each := await self._gone(visit, now))]
        if gone:
            await self._swept(gone)
        self._done = {folder: state for folder, state in self._done.items() if folder in logs}
        await self._checkpoint(logs, now)
        self._leftovers.step(self._folders, now)

    async def extract(self) -> None:
        """Have the extracts of accounts that are quiet hold what those hold; `step` runs beside and never waits for it.

        What is not extracted is read when it is searched.
        """
        for folder, since in list(self._unread.items()):
            if _is_quiet(folder) or time.time_ns() - since > LATEST:
                del self._unread[folder]
                await self._extracted(folder)

    async def _extracted(self, folder: Path) -> None:
        account = paths.account_of(folder)
        try:
            await sorting.fill(await self._store.mailboxes(account))
            await self._extractor.follow(await self._store.mailboxes(account))
        except (Refusal, *FAULTS) as fault:
            _log.error("event=not-extracted account=%r why=%r cause=%r", account, fault, fault.__cause__)

    def close(self) -> None:
        self._extractor.close()

    def _logs(self) -> dict[Path, State]:
        """The write-ahead log of each account that has one, by its folder."""
        try:
            listed = paths.last_changes(self._store.data)
            if listed != self._listed or disk.may_change_unseen(max(listed, default=0), time.time_ns()):
                self._folders = paths.account_folders(self._store.data)
                self._listed = listed
        except FileNotFoundError:
            pass  # no account yet, or one that went just now: the next look tells
        except OSError as fault:
            _log.error("event=mail-unreadable cause=%r", fault)
            return {}
        return {folder: state for folder in self._folders if (state := _log_state(folder))}

    def _set_aside(self) -> None:
        try:
            disk.set_aside(paths.reserve(self._store.data), RESERVE)
        except OSError as fault:
            _log.warning("event=no-reserve cause=%r", fault)

    async def _followed(self, folder: Path, state: State, now: int) -> _Visit | None:
        """The account, its Maildir being as the catalog wants it; None: that came to nothing."""
        account = paths.account_of(folder)
        try:
            mail = await self._store.mailboxes(account)
            behind, has_gone = (await mail.catalog.rows(tuple[int, int], _STATE))[0]
            followed = await mirror.follow_catalog(mail, self._store.sync) if behind else None
            self._unread.setdefault(folder, now)
        except (Refusal, *FAULTS) as fault:
            _mirror_failed(account, fault)
            return None
        return _Visit(folder, state, mail, followed, bool(has_gone))

    async def _noted(self, visits: list[_Visit]) -> list[_Visit]:
        """Those whose catalogs say how far the mirror is; one sync for all the links that were made."""
        if any(visit.followed and visit.followed.links for visit in visits) and not await self._synced():
            visits = [visit for visit in visits if not (visit.followed and visit.followed.links)]
        noted: list[_Visit] = []
        for visit in visits:
            try:
                if visit.followed:
                    await mirror.note(visit.mail, visit.followed)
                noted.append(visit)
            except Refusal as fault:
                _mirror_failed(visit.mail.account, fault)
        return noted

    async def _gone(self, visit: _Visit, now: int) -> _Gone | None:
        """None: nothing of the account has to go."""
        mail = visit.mail
        try:
            condemned = await sweep.condemned(mail) if visit.has_gone else []
            left = bool(condemned) or (visit.has_gone and await folders.may_clear_away(mail))
        except (Refusal, *FAULTS) as fault:
            _mirror_failed(mail.account, fault)
            return None
        if not left and not disk.may_change_unseen(visit.state[0], now):
            self._done[visit.folder] = visit.state
        return _Gone(mail, condemned) if left else None

    async def _swept(self, gone: list[_Gone]) -> None:
        """A sync for all before files go, for the expunges, and one before the catalogs forget them."""
        if any(each.condemned for each in gone):
            if not await self._synced():
                return
            gone = [each for each in gone if await self._without_files(each)]
            if not await self._synced():
                return
        for mail, condemned in gone:
            try:
                await sweep.forget(mail, condemned)
                await folders.clear_away(mail, self._store.sync)
            except (Refusal, *FAULTS) as fault:
                _log.error("event=sweep-failed account=%r cause=%r", mail.account, fault)

    async def _without_files(self, gone: _Gone) -> bool:
        try:
            await sweep.unlink(gone.mail.root, gone.condemned)
        except OSError as fault:
            _log.error("event=sweep-failed account=%r cause=%r", gone.mail.account, fault)
            return False
        return True

    async def _synced(self) -> bool:
        """Whether all that was written is on the disk."""
        try:
            await self._store.sync()
        except TryLater as refused:
            _log.error("event=sync-failed cause=%r", refused.__cause__)
            return False
        return True

    async def _checkpoint(self, logs: dict[Path, State], now: int) -> None:
        """Write logs back that are large, and some of those at rest."""
        resting = {folder for folder, (written, size) in logs.items() if size and now - written > AT_REST}
        for folder in logs.keys() - resting:
            if logs[folder][1] >= LARGE:
                await self._written_back(folder, LARGE // FRAME, Ending.REUSED)
        due = sorted(folder for folder in resting if self._written.get(folder) != logs[folder])
        for folder in due[:CHECKPOINTS]:
            await self._written_back(folder, 1, Ending.EMPTIED if logs[folder][1] > KEPT else Ending.REUSED)
            self._written[folder] = _log_state(folder)

    async def _written_back(self, folder: Path, least: int, ending: Ending) -> None:
        try:
            mail = await self._store.mailboxes(paths.account_of(folder))
            await mail.catalog.checkpoint(least, ending)
        except Refusal as refused:
            _log.error("event=checkpoint-failed folder=%r cause=%r", str(folder), refused.__cause__ or refused)


def _mirror_failed(account: str, fault: BaseException) -> None:
    _log.error("event=mirror-failed account=%r why=%r cause=%r", account, fault, fault.__cause__)


def _is_quiet(folder: Path) -> bool:
    state = _log_state(folder)
    return state is None or time.time_ns() - state[0] >= QUIET


def _log_state(folder: Path) -> State | None:
    """None: no catalog was ever opened here, or the folder is no account's."""
    try:
        state = os.stat(paths.catalog_log(folder))
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


_STATE = (
    "select exists(select 1 from account where modseq > mirrored union all"
    " select 1 from mailbox where name is not null and selectable"
    " and (recent_from > mirrored_recent or uid_next - 1 > mirrored_uid)),"
    " exists(select 1 from doomed union all select 1 from mailbox where name is null)"
)
"""Whether the mirror has something to follow, and whether files may have to go."""

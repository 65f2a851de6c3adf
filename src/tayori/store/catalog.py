"""One account's index.db as this process has it: connections, transactions, patience. DESIGN sections 4 and 5.

Law: no statement stays open across an await; no connection crosses a fork; what is written is one transaction.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import TypeVar

import apsw

from tayori.errors import InUse, MailboxGone
from tayori.store import schema, sql
from tayori.store.faults import FAULTS, refusal

T = TypeVar("T")
Work = Callable[[apsw.Connection], T]

PAUSES = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, *([0.05] * 98))  # seconds between attempts, 5 in all
READERS = 50  # milliseconds that a checkpoint waits for others
BUSY = "The mailbox is in use"
CACHE = 2048  # KiB of pages a connection keeps

_abandoned: list[apsw.Connection] = []  # those of the process we were forked from: closing them would harm its locks


class Ending(Enum):
    """What becomes of a log whose every frame is in the database."""

    REUSED = apsw.SQLITE_CHECKPOINT_RESTART  # writing over it is three times faster than growing it
    EMPTIED = apsw.SQLITE_CHECKPOINT_TRUNCATE


class Catalog:
    """An index.db that exists. Connections open when first needed, and anew after `close`; never to another file.

    `opened` is called with each new connection, in whatever thread, before it is used.
    """

    __slots__ = (
        "_apart", "_apart_lock", "_db", "_inode", "_name", "_opened", "_pid", "_serial", "_threads", "_unused",
        "identity", "path",
    )  # fmt: skip

    def __init__(self, path: Path, threads: ThreadPoolExecutor, opened: Callable[[apsw.Connection], None]) -> None:
        self.path = path
        self._name = str(path)  # what the system is asked by, often
        self.identity = object()  # of what a process keeps of it: it holds no connection open
        self._threads = threads
        self._opened = opened
        self._db: apsw.Connection | None = None
        self._apart: apsw.Connection | None = None  # for large writes, in a thread
        self._apart_lock = asyncio.Lock()
        self._inode = 0
        self._pid = 0
        self._serial = 0  # of the loop's connection
        self._unused = 0  # calls of `rest` since it was used last

    @property
    def is_open(self) -> bool:
        return self._db is not None

    @property
    def is_busy(self) -> bool:
        """A thread is at work in it: not to be closed now."""
        return self._apart_lock.locked()

    def db(self) -> apsw.Connection:
        """The loop's connection. Raises apsw.Error, OSError, MailboxGone."""
        self._unused = 0
        if self._db is None or self._pid != os.getpid():
            self._forget_other_process()
            if not self.stands():
                raise MailboxGone("The account's mail was removed")
            self._db = self._connect()
            self._serial += 1
            self._inode = os.stat(self.path).st_ino
        return self._db

    def stands(self) -> bool:
        """Whether the file under that name is still the one that was opened first."""
        try:
            return not self._inode or os.stat(self._name).st_ino == self._inode
        except OSError:
            return False

    def rest(self, patience: int) -> bool:
        """Close it where nobody has used it for so many calls of this; whether it did.

        An open one costs 180 KiB, opening one half a millisecond.
        """
        self._unused += 1
        if self._unused < patience or self.is_busy or (self._db is None and self._apart is None):
            return False
        self.close()
        return True

    def close(self) -> None:
        for db in (self._db, self._apart):
            if db is not None and self._pid == os.getpid():
                db.close()
        self._db = self._apart = None

    async def version(self) -> object:
        """Equal to an earlier one exactly when nothing has been committed in between, by anyone."""
        return await self.glance(self.version_within)

    def version_within(self, db: apsw.Connection) -> object:
        """The version that a `read` sees."""
        return self._serial, db.execute("pragma data_version").get, db.total_changes()

    async def read(self, work: Work[T]) -> T:
        """What `work` gives from one version of the catalog. Raises TryLater."""
        return await self._patiently("begin", work)

    async def rows(self, kind: type[T], statement: str, bindings: tuple[object, ...] = ()) -> list[T]:
        """The rows of one statement that only reads, each a `kind`. Raises TryLater."""
        return await self.glance(lambda db: sql.rows(kind, db, statement, bindings))

    async def glance(self, work: Work[T]) -> T:
        """As `read`, for one statement: what that gives is of one version by itself. Raises TryLater."""
        for pause in PAUSES:
            try:
                return work(self.db())
            except apsw.BusyError:  # another process recovers the WAL
                await asyncio.sleep(pause)
            except FAULTS as fault:
                raise refusal(fault) from fault
        raise InUse(BUSY)

    async def write(self, work: Work[T]) -> T:
        """Do a small piece of work on the loop as one transaction. Raises InUse, NoSpace, TryLater."""
        return await self._patiently("begin immediate", work)

    async def write_apart(self, work: Work[T]) -> T:
        """Do a large one in a thread. Raises InUse, NoSpace, TryLater."""
        async with self._apart_lock:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._write_apart, work)

    async def checkpoint(self, least: int, way: Ending) -> None:
        """Write a log of at least so many frames back into the database, in a thread. Raises TryLater."""
        async with self._apart_lock:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._checkpoint, least, way)

    async def _patiently(self, begin: str, work: Work[T]) -> T:
        for pause in PAUSES:
            try:
                return transaction(self.db(), begin, work)
            except apsw.BusyError:
                await asyncio.sleep(pause)
            except FAULTS as fault:
                raise refusal(fault) from fault
        raise InUse(BUSY)

    def _write_apart(self, work: Work[T]) -> T:
        try:
            db = self._apart_db()
            db.set_busy_timeout(int(sum(PAUSES) * 1000))
            return transaction(db, "begin immediate", work)
        except FAULTS as fault:
            raise refusal(fault) from fault

    def _checkpoint(self, least: int, way: Ending) -> None:
        try:
            db = self._apart_db()
            db.set_busy_timeout(READERS)
            if db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)[0] < least:
                return
            db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)  # hinders no writer
            db.wal_checkpoint(mode=way.value)  # keeps writers waiting for what came meanwhile
            begin_log(db)
        except apsw.BusyError:
            return
        except FAULTS as fault:
            raise refusal(fault) from fault
        finally:
            self._close_apart()  # seldom needed again soon: 180 KiB for each account would stay

    def _close_apart(self) -> None:
        if self._apart is not None:
            self._apart.close()
            self._apart = None

    def _apart_db(self) -> apsw.Connection:
        if self._apart is None:
            self._apart = self._connect()
        return self._apart

    def _connect(self) -> apsw.Connection:
        db = connect(self.path)
        try:
            self._opened(db)
        except BaseException:
            db.close()
            raise
        db.set_busy_timeout(0)
        return db

    def _forget_other_process(self) -> None:
        if self._pid and self._pid != os.getpid():
            _abandoned.extend(db for db in (self._db, self._apart) if db is not None)
            self._db = self._apart = None
        self._pid = os.getpid()


def connect(path: Path) -> apsw.Connection:
    """A connection that waits a second for others, to an index.db that exists. Raises apsw.Error, TryLater."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, statementcachesize=100)
    try:
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)  # or a statement with `limit ?` is compiled for each value
        db.set_busy_timeout(1000)
        db.wal_autocheckpoint(0)
        db.pragma("synchronous", "normal")
        db.pragma("cache_size", -CACHE)
        schema.migrate(db, path)
    except BaseException:
        db.close()
        raise
    return db


def begin_log(db: apsw.Connection) -> None:
    """Write the first frame of a log begun anew: SQLite syncs its header then, and no loop should wait for that."""
    db.execute("replace into applied values('', abs(random()))")  # no spool log has this name


def transaction(db: apsw.Connection, begin: str, work: Work[T]) -> T:
    """What `work` gives, committed; nothing of it where it raises."""
    db.execute(begin)
    try:
        result = work(db)
        db.execute("commit")
    except BaseException:
        if db.in_transaction:  # some faults have ended it already
            db.execute("rollback")
        raise
    return result

"""DATA/system.db: opened, made and brought to this version; one connection a process, never over a fork.

Law: a change is durable when its function returns; others see it with their next look-up, for nothing is cached.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from tayori.errors import CannotDo, InUse, TryLater

FILE = "system.db"
WAIT = 5000  # milliseconds that a change waits for another process's

MIGRATIONS = (
    """
    CREATE TABLE domains (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE accounts (
        address TEXT PRIMARY KEY,
        local TEXT NOT NULL,
        storage TEXT NOT NULL,
        quota INTEGER,  -- octets; NULL: none
        created INTEGER NOT NULL  -- seconds UTC
    ) WITHOUT ROWID;
    CREATE INDEX accounts_by_local ON accounts (local);
    CREATE TABLE credentials (
        account TEXT NOT NULL REFERENCES accounts (address) ON DELETE CASCADE,
        kind TEXT NOT NULL,  -- 'argon2id' or a SCRAM mechanism
        value TEXT NOT NULL,
        PRIMARY KEY (account, kind)
    ) WITHOUT ROWID;
    CREATE TABLE aliases (
        address TEXT NOT NULL,  -- '@domain' is the domain's catch-all
        place INTEGER NOT NULL,
        target TEXT NOT NULL,
        PRIMARY KEY (address, place)
    ) WITHOUT ROWID;
    CREATE INDEX aliases_by_target ON aliases (target);
    CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    INSERT INTO secrets VALUES ('scram', randomblob(32));
    """,
    "ALTER TABLE accounts ADD COLUMN messages INTEGER;  -- as many as there may be; NULL: any number",
)  # fmt: skip
VERSION = len(MIGRATIONS)


def connect(data: Path) -> apsw.Connection:
    """The database of DATA, made if need be. Raises TryLater (it cannot be opened), CannotDo (a newer version's)."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = apsw.Connection(str(data / FILE))
        os.chmod(data / FILE, 0o600)
        connection.set_busy_timeout(WAIT)
        connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON").get  # noqa: B018
    except (OSError, apsw.Error) as cause:
        raise TryLater(f"cannot open {data / FILE}: {cause}; check who owns it and that there is room") from cause
    _migrate(connection, data)
    return connection


@contextmanager
def change(connection: apsw.Connection) -> Iterator[None]:
    """One transaction, which waits its turn. Raises InUse."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except apsw.BusyError as cause:
        raise InUse(f"{FILE} is in use; try again") from cause
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _migrate(connection: apsw.Connection, data: Path) -> None:
    """Forward, in one transaction, with a copy kept of what was there before."""
    if _version(connection) == VERSION:
        return
    with change(connection):
        found = _version(connection)
        if found > VERSION:
            raise CannotDo(
                f"{data / FILE} belongs to a newer Tayori (version {found}, not {VERSION}); install that one"
            )
        if found:
            _copy(data, found)
        for migration in MIGRATIONS[found:]:
            connection.execute(migration)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _copy(data: Path, version: int) -> None:
    """By a second connection, which sees what was committed."""
    kept = data / f"{FILE}.version-{version}"
    kept.unlink(missing_ok=True)
    source = apsw.Connection(str(data / FILE))
    source.execute("VACUUM INTO ?", (str(kept),))
    source.close()


def _version(connection: apsw.Connection) -> int:
    version = connection.pragma("user_version")
    assert isinstance(version, int)
    return version

"""DATA/system.db."""

import stat
from pathlib import Path
from unittest.mock import patch

import apsw
import pytest

from tayori.directory import accounts, database, domains, names
from tayori.directory.database import change, connect
from tayori.errors import CannotDo, InUse, TryLater


def test_data_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    connect(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a" / "b" / "system.db").stat().st_mode) == 0o600


def test_what_is_there_stays(tmp_path: Path) -> None:
    domains.add(connect(tmp_path), "example.org")
    assert domains.rows(connect(tmp_path)) == ["example.org"]


def test_a_change_waits_for_nobody_for_ever(tmp_path: Path) -> None:
    held, other = connect(tmp_path), connect(tmp_path)
    other.set_busy_timeout(0)
    with change(held), pytest.raises(InUse), change(other):
        pass


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    made = connect(tmp_path)
    with pytest.raises(apsw.ConstraintError), change(made):
        made.execute("INSERT INTO domains VALUES ('example.org'); INSERT INTO domains VALUES ('example.org')")
    assert domains.rows(made) == []


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    connect(tmp_path).execute("PRAGMA user_version = 99")
    with pytest.raises(CannotDo, match="newer Tayori"):
        connect(tmp_path)


def test_an_older_one_is_brought_forward_and_a_copy_kept(tmp_path: Path) -> None:
    domains.add(connect(tmp_path), "example.org")
    further = (*database.MIGRATIONS, "ALTER TABLE domains ADD COLUMN note TEXT")
    with patch.object(database, "MIGRATIONS", further), patch.object(database, "VERSION", len(further)):
        made = connect(tmp_path)
    assert list(made.execute("SELECT name, note FROM domains")) == [("example.org", None)]
    kept = apsw.Connection(str(tmp_path / f"system.db.version-{len(further) - 1}"))
    assert list(kept.execute("SELECT * FROM domains")) == [("example.org",)]


def test_accounts_of_before_have_no_limit_of_messages(tmp_path: Path) -> None:
    first = database.MIGRATIONS[:1]
    with patch.object(database, "MIGRATIONS", first), patch.object(database, "VERSION", 1):
        connect(tmp_path).execute("INSERT INTO accounts VALUES ('a@b.example', 'a', 'maildir', 10, 1)")
    assert accounts.show(connect(tmp_path), names.address("a@b.example"))[2:] == (10, 1, None)


def test_a_place_that_cannot_hold_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "system.db").mkdir()
    with pytest.raises(TryLater, match="check who owns it"):
        connect(tmp_path)

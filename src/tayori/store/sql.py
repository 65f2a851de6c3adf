"""What a statement gives, with its types told: apsw knows only that a value is one of SQLite's five."""

from typing import TypeVar, cast

import apsw

T = TypeVar("T")

Bindings = tuple[object, ...] | dict[str, int | str]


def rows(kind: type[T], db: apsw.Connection, statement: str, bindings: Bindings = ()) -> list[T]:
    """All rows, each a `kind` such as tuple[int, str]."""
    return cast("list[T]", db.execute(statement, bindings).fetchall())


def row(kind: type[T], db: apsw.Connection, statement: str, bindings: Bindings = ()) -> T | None:
    """The first row, or None."""
    return cast("T | None", db.execute(statement, bindings).fetchone())


def column(kind: type[T], db: apsw.Connection, statement: str, bindings: Bindings = ()) -> list[T]:
    """The only column of all rows."""
    return [cast("T", value) for (value,) in db.execute(statement, bindings)]

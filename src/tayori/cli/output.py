"""Lists as people and programs want them: a table on a terminal, plain columns elsewhere, JSON when asked for."""

import json
import sys
from collections.abc import Sequence

import click

as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")

Cell = str | int | None | list[str]
UNITS = (("G", 2**30), ("M", 2**20), ("K", 2**10))


def rows(headings: Sequence[str], found: Sequence[Sequence[Cell]], json_wanted: bool) -> None:
    """A row a thing; in JSON a list of objects whose keys are the headings."""
    if json_wanted:
        click.echo(json.dumps([dict(zip(headings, row, strict=True)) for row in found], ensure_ascii=False, indent=2))
    elif sys.stdout.isatty():
        _table(headings, found)
    else:
        for row in found:
            click.echo("\t".join(map(text, row)))


def fields(found: dict[str, Cell], json_wanted: bool) -> None:
    """One thing, a line a field."""
    if json_wanted:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        width = max(map(len, found))
        for name, value in found.items():
            click.echo(f"{name:{width}}  {text(value)}")


def text(value: Cell) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


def size(octets: int | None) -> str:
    """10737418240 gives "10G"."""
    if octets is None:
        return ""
    return next((f"{octets // unit}{name}" for name, unit in UNITS if octets and octets % unit == 0), str(octets))


def _table(headings: Sequence[str], found: Sequence[Sequence[Cell]]) -> None:
    from rich.console import Console  # 60 ms, for terminals only
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings)
    for row in found:
        table.add_row(*[Text(text(cell)) for cell in row])  # no markup: subjects have brackets too
    Console().print(table)

"""What went wrong, in one line on stderr: what, where, what to do. Exit status 1."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from tayori.errors import Refusal


class Refused(click.ClickException):
    """str() is the line."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"tayori: {self.format_message()}", file=file or sys.stderr)


@contextmanager
def telling() -> Iterator[None]:
    """Raises Refused for what our own layers refuse."""
    try:
        yield
    except Refusal as refusal:
        raise Refused(str(refusal)) from refusal
    except BrokenPipeError:  # who reads our lines has enough: click ends quietly
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise Refused(f"{where}{error.strerror or error}; check who owns it and that there is room") from error
    except Exception as fault:
        from apsw import Error  # 10 ms, and few need it

        if not isinstance(fault, Error):
            raise
        raise Refused(f"DATA: {fault}; check that its disk has room and can be written") from fault

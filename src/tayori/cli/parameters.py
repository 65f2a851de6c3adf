"""Arguments that are addresses, domains or sizes; what they are not is told as wrong usage (exit status 2)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import click

from tayori.model import Address

T = TypeVar("T")

MAX_DIGITS = 18  # of a number of messages: it is kept in 64 bits

if TYPE_CHECKING:
    _Parameter = click.ParamType[T]
else:

    class _Parameter(click.ParamType, Generic[T]):
        """Generic in older releases of click too."""


class Read(_Parameter[T]):
    """What `read` makes of the argument; its ValueError says what is wrong."""

    def __init__(self, name: str, read: Callable[[str], T]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: object, parameter: click.Parameter | None, context: click.Context | None) -> T:
        try:
            return self._read(str(value))
        except ValueError as cause:
            self.fail(str(cause), parameter, context)


# The modules below cost 60 ms, and `tayori --help` has no use for them.


def _address(text: str) -> Address:
    from tayori.directory import names

    return names.address(text)


def _alias(text: str) -> Address:
    from tayori.directory import names

    return names.alias(text)


def _domain(text: str) -> str:
    from tayori.directory import names

    return names.domain(text)


def _size(text: str) -> int:
    from tayori.config import values

    return values.size(int(text) if text.isdecimal() and text.isascii() else text, values.Context(Path()))


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > MAX_DIGITS:
        raise ValueError(f"{text!r} is no number of messages")
    return int(text)


class Limit(NamedTuple):
    """A limit as it was given; None: there is to be none."""

    most: int | None


def _or_none(read: Callable[[str], int]) -> Callable[[str], Limit]:
    return lambda text: Limit(None if text.lower() == "none" else read(text))


ADDRESS = Read("address", _address)
ALIAS = Read("alias", _alias)  # or "@domain", or "postmaster"
DOMAIN = Read("domain", _domain)
SIZE = Read("size", _size)
SIZE_OR_NONE = Read("size", _or_none(_size))
COUNT = Read("number", _count)
COUNT_OR_NONE = Read("number", _or_none(_count))

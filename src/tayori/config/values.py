"""What stands behind a key: each reader turns TOML's value into ours or says what to write instead.

A reader raises ValueError with "what is wrong; what to do"; the place is added by who called it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import unquote, urlsplit

from tayori.directory import names
from tayori.model import Address
from tayori.smtp import grammar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """What a value may refer to."""

    folder: Path  # relative paths start here


Reader = Callable[[object, Context], T]


class Endpoint(NamedTuple):
    """Where a service listens: host and port (0: any free one), or the path of a Unix socket."""

    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Rate(NamedTuple):
    """So many in so many seconds."""

    times: int
    seconds: float


class Secret(NamedTuple):
    """Where a secret is; it is fetched when it is used, for a command that does not use it may lack it."""

    text: str = ""
    variable: str = ""
    file: Path | None = None

    def revealed(self, environ: Mapping[str, str]) -> str:
        """The first line of the file. Raises ValueError: it is not there."""
        if self.file is not None:
            return _first_line(self.file)
        if self.variable and not environ.get(self.variable):
            raise ValueError(f"the environment has no {self.variable}; set it before the start")
        return environ[self.variable] if self.variable else self.text


class Route(NamedTuple):
    """The relay's address: "smtp+starttls://user@host:587"."""

    scheme: str
    host: str
    port: int
    user: str = ""


MOST_OCTETS = 2**60  # SQLite and SIZE count in 63 bits
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
ROUTE_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtp+opportunistic": 25, "smtps": 465, "lmtp": 24}

_SIZE = re.compile(r"(\d{1,15})\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_DURATION = re.compile(r"(\d{1,9})\s*(ms|[smhdw])")
_RATE = re.compile(r"(\d{1,9})\s*/\s*(\d{0,9})\s*(ms|[smhdw])")
_HOST_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([^\s:\[\]/]+)):(\d{1,5})")


def text(value: object, _: Context) -> str:
    if isinstance(value, str) and value and value.isprintable():
        return value
    raise ValueError(f'{value!r} is no text; write it in quotes, such as "text"')


def flag(value: object, _: Context) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"{value!r} is neither true nor false; write one of them, without quotes")


def count(value: object, _: Context) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
        return value
    raise ValueError(f"{value!r} is no whole number; write one such as 50, without quotes")


def limit(least: int) -> Reader[int]:
    """So many, `least` or more, or 0 for none."""

    def read(value: object, context: Context) -> int:
        if (found := count(value, context)) and found < least:
            raise ValueError(f"{found} is too few; write {least} or more, or 0 for no limit")
        return found

    return read


def some(read: Reader[T]) -> Reader[T]:
    """What `read` gives, and not 0, with which nothing would be let in."""

    def read_some(value: object, context: Context) -> T:
        if not (found := read(value, context)):
            raise ValueError(f"{value!r} would let nothing in; write more, or leave it out for the default")
        return found

    return read_some


def size(value: object, _: Context) -> int:
    """Octets: "25M" gives 26214400."""
    octets = -1
    if isinstance(value, int) and not isinstance(value, bool):
        octets = value
    elif isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        octets = int(found[1]) * UNITS[found[2].upper()]
    if 0 <= octets <= MOST_OCTETS:
        return octets
    raise ValueError(f'{value!r} is no size; write octets, or K, M or G as in "25M"')


def duration(value: object, _: Context) -> float:
    """Seconds: "30m" gives 1800.0."""
    if isinstance(value, str) and (found := _DURATION.fullmatch(value)):
        return int(found[1]) * SECONDS[found[2]]
    raise ValueError(f'{value!r} is no duration; write s, m, h or d as in "30m"')


def rate(value: object, _: Context) -> Rate:
    """ "10/s" gives Rate(10, 1.0), "600/10m" gives Rate(600, 600.0)."""
    if isinstance(value, str) and (found := _RATE.fullmatch(value)):
        return Rate(int(found[1]), int(found[2] or 1) * SECONDS[found[3]])
    raise ValueError(f'{value!r} is no rate; write a number and a time as in "10/s" or "600/h"')


def duration_or_off(value: object, context: Context) -> float | None:
    """Seconds, or None for "off"."""
    return None if value == "off" else duration(value, context)


def path(value: object, context: Context) -> Path:
    """Relative to the file."""
    return context.folder / Path(text(value, context)).expanduser()


def domain(value: object, context: Context) -> str:
    try:
        return names.domain(text(value, context))
    except ValueError as cause:
        raise ValueError(f'{cause}; write one such as "example.org"') from cause


def hostname(value: object, context: Context) -> str:
    """As greetings and trace fields have it, in ASCII: "例え.jp" gives "xn--r8jz45g.jp". RFC 5890."""
    return grammar.in_ascii(Address("", domain(value, context))).domain


def one_of(allowed: tuple[str, ...]) -> Reader[str]:
    def read(value: object, context: Context) -> str:
        if (found := text(value, context).upper()) in allowed:
            return found
        raise ValueError(f"{value!r} is not known here; write one of {', '.join(allowed)}")

    return read


def several(read: Reader[T]) -> Reader[tuple[T, ...]]:
    """One value or a list; text outside a file has commas between."""

    def read_all(value: object, context: Context) -> tuple[T, ...]:
        values = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        return tuple(read(one, context) for one in (values if isinstance(values, list) else [values]))

    return read_all


def secret(value: object, context: Context) -> Secret:
    """The text itself, { env = "NAME" } or { file = "path" }."""
    match value:
        case str():
            return Secret(text=text(value, context))
        case {"env": str(name), **others} if not others:
            return Secret(variable=text(name, context))
        case {"file": str(name), **others} if not others:
            return Secret(file=path(name, context))
    raise ValueError('a secret is text, { env = "NAME" } or { file = "path" }')


def endpoint(value: object, context: Context) -> Endpoint:
    """ "127.0.0.1:25", "[::1]:25" or "unix:/run/lmtp"."""
    written = text(value, context)
    if written.startswith("unix:") and len(written) > 5:
        return Endpoint("", 0, str(path(written[5:], context)))
    if (found := _HOST_PORT.fullmatch(written)) and int(found[3]) < 65536:
        return Endpoint(found[1] or found[2], int(found[3]))
    raise ValueError(f'{written!r} is no address to listen at; write "host:port", "[::1]:port" or "unix:/path"')


def route(value: object, context: Context) -> Route:
    written = text(value, context)
    wanted = f'{written!r} is no relay; write such as "smtp+starttls://user@host:587" ({", ".join(ROUTE_PORTS)})'
    try:
        url = urlsplit(written)
        port = url.port
    except ValueError as cause:
        raise ValueError(wanted) from cause
    if url.scheme not in ROUTE_PORTS or not url.hostname or url.path.strip("/") or url.password is not None:
        raise ValueError(wanted)
    return Route(url.scheme, url.hostname, port or ROUTE_PORTS[url.scheme], unquote(url.username or ""))


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as cause:
        raise ValueError(f"cannot read {file}: {cause}") from cause

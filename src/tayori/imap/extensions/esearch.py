"""ESEARCH: SEARCH gives what of its result is asked for. RFC 4731."""

from tayori.imap.offer import Extension
from tayori.imap.search_results import Result
from tayori.imap.sequence import set_of


def _min(result: Result) -> bytes:
    return b"MIN %d" % result.numbers[0] if result.numbers else b""


def _max(result: Result) -> bytes:
    return b"MAX %d" % result.numbers[-1] if result.numbers else b""


def _all(result: Result) -> bytes:
    return b"ALL %b" % set_of(result.numbers) if result.numbers else b""


def _count(result: Result) -> bytes:
    return b"COUNT %d" % len(result.numbers)


EXTENSION = Extension(
    rfc="4731",
    capability=b"ESEARCH",
    search_returns={
        b"MIN": lambda _: _min,
        b"MAX": lambda _: _max,
        b"ALL": lambda _: _all,
        b"COUNT": lambda _: _count,
    },
)

"""What SEARCH may be asked to give of what it found. RFC 3501 section 7.2.5, RFC 4466 section 2.6.2.

Without RETURN it is all of it, in one line; extensions bring options, each of which writes a piece of an ESEARCH.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from tayori.errors import ProtocolError, Refusal
from tayori.imap.grammar import Arguments
from tayori.imap.sequence import set_of
from tayori.imap.view import View


class Result(NamedTuple):
    """What was found; `numbers` are what the client is told: sequence numbers, or the UIDs themselves."""

    view: View
    uids: Sequence[int]  # ascending, or as SORT has put them
    numbers: Sequence[int]
    asked: frozenset[bytes]  # the options' names
    relevancy: Sequence[int] = ()  # of each, where that is asked for, RFC 6203
    page: slice | None = None  # which of them are told, where that is asked for, RFC 9394


Piece = Callable[[Result], bytes | None]
"""b"COUNT 3"; b"" where nothing was found to be said; None where it is not for saying."""


class Page:
    """The option PARTIAL, a Piece: the results that the page takes, under the range as the client wrote it."""

    def __init__(self, written: bytes, taken: slice) -> None:
        self.written = written
        self.taken = taken

    def __call__(self, result: Result) -> bytes:
        return b"PARTIAL (%b %b)" % (self.written, set_of(result.numbers[self.taken]) or b"NIL")


ResultOption = Callable[[Arguments], Piece]
"""Takes what stands behind an option's name."""


_WHICH = frozenset({b"ALL", b"PARTIAL"})  # of these one at most, RFC 5267 section 4.4


def pieces(arguments: Arguments, options: Mapping[bytes, ResultOption]) -> dict[bytes, Piece] | None:
    """RETURN (…) by the options' names; None where it does not stand. Raises ProtocolError."""
    if not options or not arguments.skip_word(b"RETURN "):
        return None
    wanted: dict[bytes, Piece] = {}

    def option() -> None:
        name = arguments.word()
        if name not in options:
            raise ProtocolError("There is no such search option")
        if name in _WHICH and not wanted.keys().isdisjoint(_WHICH):
            raise ProtocolError("ALL or PARTIAL, and once, is expected")
        wanted[name] = options[name](arguments)

    arguments.list_of(option)
    arguments.space()
    return wanted or {b"ALL": options[b"ALL"](arguments)}  # RFC 4731 section 3.1


@contextmanager
def saving(view: View, wanted: Container[bytes] | None) -> Iterator[None]:
    """A search refused with NO leaves nothing saved where its result was to be. RFC 5182 section 2.1."""
    try:
        yield
    except Refusal as error:
        if wanted and b"SAVE" in wanted and not isinstance(error, ProtocolError):
            view.saved = ()
        raise


def plain(numbers: Sequence[int], trailers: Sequence[bytes], name: bytes = b"SEARCH") -> bytes:
    """b"* SEARCH 2 84 882 (MODSEQ 917)"."""
    written = b" %d" * len(numbers) % tuple(numbers)
    return b"* %b%b%b\r\n" % (name, written, b"".join(b" (%b)" % trailer for trailer in trailers))


def extended(tag: bytes, by_uid: bool, said: Sequence[bytes | None], mailbox: bytes = b"") -> bytes:
    """b'* ESEARCH (TAG "a") UID COUNT 3'; b"" where nothing is for saying. RFC 4731 section 3.1.

    `mailbox` names another than the selected one: b'MAILBOX "a" UIDVALIDITY 1', RFC 7377 section 2.1.
    """
    if all(piece is None for piece in said):
        return b""
    correlator = b'(TAG "%b"%b)' % (tag, b" " + mailbox if mailbox else b"")
    words = [correlator, *([b"UID"] if by_uid else []), *(piece for piece in said if piece)]
    return b"* ESEARCH %b\r\n" % b" ".join(words)

"""What SEARCH looks for, from text to a SearchKey. RFC 3501 section 6.4.4.

Sequence numbers and \\Recent become UIDs of the view here. NOT, OR and parentheses stand on a stack of their own, which
is bounded; nothing recurses.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tayori.errors import ProtocolError, TooMany, UidRequired, UnknownCharset
from tayori.imap.grammar import Arguments
from tayori.imap.sequence import SequenceSet
from tayori.imap.view import View
from tayori.model import (
    All,
    And,
    Before,
    BodyHas,
    DateField,
    HasFlag,
    HeaderHas,
    Larger,
    Not,
    On,
    Or,
    SearchKey,
    Since,
    Smaller,
    TextHas,
    Uids,
)

MAX_KEYS = 1000  # of one SEARCH
MAX_TEXTS = 100  # of its keys, those that look for a text: each may mean reading every message
MAX_NESTING = 64  # of NOT, OR and parentheses in one another

CHARSETS = {
    b"UTF-8": "utf-8",
    b"US-ASCII": "us-ascii",
    b"ISO-2022-JP": "iso-2022-jp",
    b"SHIFT_JIS": "shift_jis",
    b"EUC-JP": "euc-jp",
}
"""What CHARSET may name, and its label in message.charset: Japan's clients ask in the charsets that they write in."""


Trailer = Callable[[View, Sequence[int]], Awaitable[bytes]]
"""What a key makes SEARCH say of the UIDs found, RFC 7162 section 3.1.5; asked only when some are."""


class Wrapper(NamedTuple):
    """A key that is made of the `arity` keys behind it; `inside` makes another of each plain key among them."""

    arity: int
    made: Callable[[Sequence[SearchKey]], SearchKey]
    inside: Callable[[SearchKey], SearchKey] | None = None
    joins: bool = False  # one in another of its kind means what one with the keys of both would


WRAPPERS: Mapping[bytes, Wrapper] = {
    b"NOT": Wrapper(1, lambda keys: Not(keys[0])),
    b"OR": Wrapper(2, lambda keys: Or(tuple(keys)), joins=True),
}


@dataclass(slots=True)
class Context:
    """What the keys' meaning depends on, and what they want said besides."""

    view: View
    charset: str  # a label of message.charset
    uid_only: bool = False  # sequence numbers are not spoken of, RFC 9586
    wrappers: Mapping[bytes, Wrapper] = field(default_factory=lambda: WRAPPERS)
    trailers: list[Trailer] = field(default_factory=list)
    enables: set[bytes] = field(default_factory=set)  # capabilities that asking for this turns on
    steady: bool = True  # a message matches as long as nothing of it changes; not so by numbers and by age

    def uids(self, chosen: SequenceSet, by_uid: bool) -> Uids:
        """Numbers of no message match none: others may have gone since the client counted. Raises UidRequired."""
        if self.uid_only and not (by_uid or chosen.is_saved):
            raise UidRequired("Sequence numbers are not spoken of here")
        self.steady &= chosen.is_steady(by_uid) and not chosen.is_saved
        if by_uid or chosen.is_saved:
            return Uids(self.view.ranges(self.view.spans(chosen, by_uid)))
        return Uids(self.view.ranges(chosen.among_those_of(len(self.view.uids))))


KeyReader = Callable[[Arguments, Context], SearchKey]
"""Takes what stands behind a key's name."""


@dataclass(slots=True)
class _Open:
    """A key that waits for others: for its wrapper's, or those up to ")" (arity 0), or to the end (-1)."""

    wrapper: Wrapper
    keys: list[SearchKey] = field(default_factory=list)
    joined: int = 0  # others of its kind that stood in it: a long chain of OR is not deep

    def is_full(self, arguments: Arguments) -> bool:
        arity = self.wrapper.arity
        if arity > 0:
            return len(self.keys) == arity + self.joined
        return arguments.skip(b")") if arity == 0 else arguments.at_end()

    def key(self) -> SearchKey:
        return self.wrapper.made(self.keys)


def _all_of(keys: Sequence[SearchKey]) -> SearchKey:
    return keys[0] if len(keys) == 1 else And(tuple(keys))


_PARENTHESES, _WHOLE = Wrapper(0, _all_of), Wrapper(-1, _all_of)
_NAME = re.compile(rb"([A-Za-z]++) ")


def charset(arguments: Arguments) -> str:
    """The label that CHARSET names; UTF-8 where it names none. Raises UnknownCharset."""
    if not arguments.skip_word(b"CHARSET "):
        return "utf-8"
    return named_charset(arguments)


def named_charset(arguments: Arguments) -> str:
    """The label of a charset that must be named. Raises UnknownCharset."""
    name = arguments.astring().upper()
    if name not in CHARSETS:
        raise UnknownCharset("That charset is not known here")
    arguments.space()
    return CHARSETS[name]


def search_key(arguments: Arguments, context: Context, readers: Mapping[bytes, KeyReader]) -> SearchKey:
    """All keys up to the end as one. Raises ProtocolError, TooMany."""
    waiting, texts = [_Open(_WHOLE)], 0
    for _ in range(MAX_KEYS):
        opened = _opened(arguments, context.wrappers)
        if opened is not None:
            _open(waiting, opened)
            continue
        key = _plain_key(arguments, context, readers)
        texts += isinstance(key, HeaderHas | BodyHas | TextHas)
        if texts > MAX_TEXTS:
            raise TooMany(f"More than {MAX_TEXTS} texts are looked for")
        for around in waiting:
            key = around.wrapper.inside(key) if around.wrapper.inside else key
        waiting[-1].keys.append(key)
        while waiting[-1].is_full(arguments):
            key = waiting.pop().key()
            if not waiting:
                return key
            waiting[-1].keys.append(key)
        arguments.space()
    raise TooMany(f"More than {MAX_KEYS} keys")


def _open(waiting: list[_Open], opened: Wrapper) -> None:
    if opened.joins and waiting[-1].wrapper is opened:
        waiting[-1].joined += 1
        return
    waiting.append(_Open(opened))
    if len(waiting) > MAX_NESTING:
        raise TooMany(f"Keys are nested more than {MAX_NESTING} deep")


def _opened(arguments: Arguments, wrappers: Mapping[bytes, Wrapper]) -> Wrapper | None:
    """What the key that begins here is made by, if it is made of others."""
    if arguments.skip(b"("):
        return _PARENTHESES
    name = _NAME.match(arguments.text, arguments.at)
    wrapper = wrappers.get(name[1].upper()) if name else None
    if name and wrapper:
        arguments.at = name.end()
    return wrapper


def _plain_key(arguments: Arguments, context: Context, readers: Mapping[bytes, KeyReader]) -> SearchKey:
    if arguments.next_is_sequence_set():
        return context.uids(arguments.sequence_set(), by_uid=False)
    name = arguments.word()
    if name not in readers:
        raise ProtocolError("There is no such search key")
    return readers[name](arguments, context)


# ---- the keys


def _just(key: SearchKey) -> KeyReader:
    return lambda _, __: key


def _header(name: str) -> KeyReader:
    return lambda arguments, context: HeaderHas(name, _text(arguments, context))


def _day(kind: Callable[[DateField, int], SearchKey], which: DateField) -> KeyReader:
    def read(arguments: Arguments, _: Context) -> SearchKey:
        arguments.space()
        return kind(which, arguments.date())

    return read


def _octets(kind: Callable[[int], SearchKey]) -> KeyReader:
    def read(arguments: Arguments, _: Context) -> SearchKey:
        arguments.space()
        return kind(arguments.number64())  # RFC 9051 section 9

    return read


def _text(arguments: Arguments, context: Context) -> str:
    arguments.space()
    return arguments.text_string(context.charset)


def _named_header(arguments: Arguments, context: Context) -> SearchKey:
    name = _text(arguments, context)
    return HeaderHas(name, _text(arguments, context))


def _keyword(arguments: Arguments, _: Context) -> SearchKey:
    arguments.space()
    return HasFlag(arguments.atom().decode("ascii"))


def _unkeyword(arguments: Arguments, context: Context) -> SearchKey:
    return Not(_keyword(arguments, context))


def _uid(arguments: Arguments, context: Context) -> SearchKey:
    arguments.space()
    return context.uids(arguments.sequence_set(), by_uid=True)


def _recent(_: Arguments, context: Context) -> SearchKey:
    return Uids(context.view.recent_ranges())


def _new(arguments: Arguments, context: Context) -> SearchKey:
    return And((_recent(arguments, context), Not(HasFlag("\\Seen"))))


def _old(arguments: Arguments, context: Context) -> SearchKey:
    return Not(_recent(arguments, context))


KEYS: Mapping[bytes, KeyReader] = {
    b"ALL": _just(All()),
    b"ANSWERED": _just(HasFlag("\\Answered")),
    b"BCC": _header("Bcc"),
    b"BEFORE": _day(Before, DateField.INTERNAL),
    b"BODY": lambda arguments, context: BodyHas(_text(arguments, context)),
    b"CC": _header("Cc"),
    b"DELETED": _just(HasFlag("\\Deleted")),
    b"DRAFT": _just(HasFlag("\\Draft")),
    b"FLAGGED": _just(HasFlag("\\Flagged")),
    b"FROM": _header("From"),
    b"HEADER": _named_header,
    b"KEYWORD": _keyword,
    b"LARGER": _octets(Larger),
    b"NEW": _new,
    b"OLD": _old,
    b"ON": _day(On, DateField.INTERNAL),
    b"RECENT": _recent,
    b"SEEN": _just(HasFlag("\\Seen")),
    b"SENTBEFORE": _day(Before, DateField.SENT),
    b"SENTON": _day(On, DateField.SENT),
    b"SENTSINCE": _day(Since, DateField.SENT),
    b"SINCE": _day(Since, DateField.INTERNAL),
    b"SMALLER": _octets(Smaller),
    b"SUBJECT": _header("Subject"),
    b"TEXT": lambda arguments, context: TextHas(_text(arguments, context)),
    b"TO": _header("To"),
    b"UID": _uid,
    b"UNANSWERED": _just(Not(HasFlag("\\Answered"))),
    b"UNDELETED": _just(Not(HasFlag("\\Deleted"))),
    b"UNDRAFT": _just(Not(HasFlag("\\Draft"))),
    b"UNFLAGGED": _just(Not(HasFlag("\\Flagged"))),
    b"UNKEYWORD": _unkeyword,
    b"UNSEEN": _just(Not(HasFlag("\\Seen"))),
}

"""tayori search"""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import click

from tayori.cli import output
from tayori.cli.given import here, settings
from tayori.cli.parameters import ADDRESS
from tayori.model import Account, Address, And, BodyHas, Column, HeaderHas, MailboxName, SearchKey, TextHas

if TYPE_CHECKING:
    from tayori.cli.opened import Opened
    from tayori.model import Buffer
    from tayori.store.account import AccountMail
    from tayori.store.mailbox import OpenMailbox

HEADINGS = ("mailbox", "uid", "date", "from", "subject", "snippet")
AROUND = 40  # characters before and behind what was found
WINDOW = 4096  # characters in which a word is looked for at once
SLICE = 500  # messages whose dates are asked for at once

_PART = re.compile(r'(?:(from|to|cc|subject|body):)?("[^"]*"|\S+)', re.IGNORECASE)


class Hit(NamedTuple):
    """A message that was found; the latest is the greatest."""

    arrival: int
    mailbox: MailboxName
    uid: int


@click.command("search")
@click.argument("address", type=ADDRESS)
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="At most so many.")
@output.as_json
@settings
def search(address: Address, query: tuple[str, ...], limit: int, json_wanted: bool) -> None:
    """Find messages that hold all words of QUERY.

    Those of ADDRESS, the latest first; a server may run. A word is found inside others too, in any case and width;
    "several words" are found as they stand. Said as from:word, to:, cc:, subject: or body:word, it is looked for
    there alone.
    """
    import asyncio

    from tayori.cli.opened import Opened

    words = list(_words(" ".join(query)))
    found = asyncio.run(_found(Opened(here().config()), Account(str(address)), words, limit))
    output.rows(HEADINGS, found, json_wanted)


def _words(query: str) -> Iterator[tuple[str, str]]:
    """'subject:a "b c"' is ("subject", "a"), ("", "b c")."""
    for field, word in _PART.findall(query):
        yield field.lower(), word.strip('"')


def _key(words: list[tuple[str, str]]) -> SearchKey:
    return And(tuple(_word_key(field, word) for field, word in words))


def _word_key(field: str, word: str) -> SearchKey:
    if field == "body":
        return BodyHas(word)
    return HeaderHas(field, word) if field else TextHas(word)


async def _found(
    opened: Opened, account: Account, words: list[tuple[str, str]], limit: int
) -> list[tuple[output.Cell, ...]]:
    from tayori.errors import Expunged

    async with opened.read(account) as mail:
        found = []
        for hit in sorted(await _hits(mail, _key(words)), reverse=True)[:limit]:
            try:
                content = await (await mail.open(hit.mailbox)).content(hit.uid)
            except Expunged:
                continue
            found.append(_shown(hit, content, [word for _, word in words]))
        return found


async def _hits(mail: AccountMail, key: SearchKey) -> list[Hit]:
    found: list[Hit] = []
    for info in await mail.listing():
        if info.selectable and info.id:
            mailbox = await mail.open(info.name)
            found += [Hit(arrival, info.name, uid) for uid, arrival in await _arrivals(mailbox, key)]
    return found


async def _arrivals(mailbox: OpenMailbox, key: SearchKey) -> list[tuple[int, int]]:
    """UID and arrival of what is found."""
    uids = await mailbox.search(key)
    found: list[tuple[int, int]] = []
    for at in range(0, len(uids), SLICE):
        some = set(uids[at : at + SLICE])
        rows = await mailbox.rows([(min(some), max(some))], (Column.ARRIVAL,))
        found += [(int(uid), int(arrival)) for uid, arrival in rows if uid in some]
    return found


# ---- What is shown of each


def _shown(hit: Hit, content: Buffer, words: list[str]) -> tuple[output.Cell, ...]:
    from tayori.message import encoded_word, header, structure, text

    root = structure.parse(content.raw, content.lf)
    sender, subject = (encoded_word.decode(header.first(root.fields, name) or b"") for name in (b"from", b"subject"))
    said = text.body_text(content.raw, root)
    date = time.strftime("%Y-%m-%d %H:%M", time.localtime(hit.arrival))
    return hit.mailbox, hit.uid, date, _printable(sender), _printable(subject), _printable(snippet(said, words))


def snippet(said: str, words: list[str]) -> str:
    """The text around the first of the words that is found in it, as the message has it; else its beginning."""
    line = " ".join(said.split())
    for word in words:
        if found := _place(line, word):
            return _cut(line, max(0, found[0] - AROUND), found[1] + AROUND)
    return _cut(line, 0, 2 * AROUND)


def _place(line: str, word: str) -> tuple[int, int] | None:
    """Where a word begins and ends in a line that writes it otherwise, maybe: "ﾒｰﾙ" is "メール"."""
    from tayori.message.text import fold

    wanted = fold(word)
    overlap = 2 * len(word) + AROUND
    for at in range(0, len(line) if wanted else 0, WINDOW):
        window = line[at : at + WINDOW + overlap]
        if wanted in fold(window):
            end = bisect_left(range(len(window)), True, key=lambda end: wanted in fold(window[:end]))
            beyond = bisect_left(range(end), True, key=lambda begin: wanted not in fold(window[begin:end]))
            return at + beyond - 1, at + end
    return None


def _cut(line: str, start: int, end: int) -> str:
    return ("… " if start else "") + line[start:end] + (" …" if end < len(line) else "")


def _printable(said: str) -> str:
    """Without what would steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in said)

"""The files that other programs know a Maildir by: dovecot-uidlist, dovecot-keywords, subscriptions. doc.dovecot.org.

Written for them and for `tayori reindex`, never read while the catalog stands.
"""

import os
import re
import time
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tayori.model import INBOX, MailboxName
from tayori.store import paths

UIDLIST = "dovecot-uidlist"
KEYWORDS = "dovecot-keywords"
SUBSCRIPTIONS = "subscriptions"
COURIER_SUBSCRIPTIONS = "courierimapsubscribed"
SPECIAL_USES = "tayori-special-uses"  # ours; its being there tells that we have served the Maildir
ANNOTATIONS = "tayori-annotations"  # ours too, in each mailbox's folder
SERVER_ANNOTATIONS = "tayori-server-annotations"
MOST = 2**32 - 2**24  # a UID or UIDVALIDITY above would leave no room for those to come
STALE_LOCK = 120.0  # seconds: after so long Dovecot takes a lock for forgotten

_HEADER = re.compile(r"(?:3(?P<fields>(?: [A-Z]\S*)*)|1 (?P<validity>\d+) (?P<next>\d+))$")
_LINES = {"1": re.compile(r"(\d+) (\S.*)$"), "3": re.compile(r"(\d+) [^:]*:(.+)$")}  # by version


@dataclass(slots=True)
class UidList:
    """What a dovecot-uidlist tells; `uids` by unique name (without flags)."""

    uid_validity: int = 0
    uid_next: int = 1
    guid: str = ""  # 32 hexadecimal digits, or nothing
    uids: dict[str, int] = field(default_factory=dict)


class Locked(Exception):
    """Another program holds the uidlist's lock: try again later."""


# ---- dovecot-uidlist


def write_uidlist(home: str, uidlist: UidList) -> None:
    """Replace it, under its lock: version 3. Raises Locked, OSError."""
    header = f"3 V{uidlist.uid_validity} N{uidlist.uid_next} G{uidlist.guid}\n"
    with _locked(home) as lock:
        _write(lock, header + _lines(uidlist.uids.items()))
        os.rename(lock, f"{home}/{UIDLIST}")


def append_uidlist(home: str, uids: Iterable[tuple[str, int]]) -> None:
    """Add lines, under its lock. Raises Locked, OSError (FileNotFoundError: there is none)."""
    with _locked(home), _opened(f"{home}/{UIDLIST}", os.O_WRONLY | os.O_APPEND) as uidlist:
        _put(uidlist, _lines(uids))


def read_uidlist(home: str) -> UidList:
    """Version 3 or 1; an empty one where there is none, and without what it does not understand. Raises OSError.

    Also an empty one, so that all UIDs are given anew, where its numbers leave no room: UIDs have 32 bits.
    """
    lines = _text(f"{home}/{UIDLIST}").split("\n")
    uidlist = UidList()
    header = _HEADER.match(lines[0]) if lines else None
    if header is None:
        return uidlist
    if header["validity"]:
        uidlist.uid_validity, uidlist.uid_next = int(header["validity"]), int(header["next"])
    for told in (header["fields"] or "").split():
        _tell(uidlist, told[0], told[1:])
    for line in lines[1:]:
        if (match := _LINES[lines[0][0]].match(line)) and int(match[1]):
            uidlist.uids[match[2].partition(":2,")[0]] = int(match[1])
    uidlist.uid_next = max(uidlist.uid_next, max(uidlist.uids.values(), default=0) + 1)
    return uidlist if max(uidlist.uid_next, uidlist.uid_validity) <= MOST else UidList()


def _tell(uidlist: UidList, letter: str, value: str) -> None:
    if letter == "V" and value.isdecimal():
        uidlist.uid_validity = int(value)
    if letter == "N" and value.isdecimal():
        uidlist.uid_next = int(value)
    if letter == "G" and re.fullmatch("[0-9a-f]{32}", value):
        uidlist.guid = value


def _lines(uids: Iterable[tuple[str, int]]) -> str:
    return "".join([f"{uid} :{name}\n" for name, uid in uids])


@contextmanager
def _locked(home: str) -> Iterator[str]:
    """The lock file, made and in the end removed or renamed. Raises Locked."""
    lock = f"{home}/{UIDLIST}.lock"
    try:
        os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError as held:
        _forget_stale(lock)
        raise Locked(lock) from held
    try:
        yield lock
    finally:
        _unlink(lock)


def _forget_stale(lock: str) -> None:
    try:
        if time.time() - os.stat(lock).st_mtime > STALE_LOCK:
            os.unlink(lock)
    except FileNotFoundError:  # its holder has done it
        pass


def _unlink(lock: str) -> None:
    try:
        os.unlink(lock)
    except FileNotFoundError:  # renamed
        pass


# ---- dovecot-keywords


def write_keywords(home: str, keywords: Sequence[str]) -> None:
    """A line each: "0 $Forwarded"; the n-th is the letter chr(97 + n) in files' names. Raises OSError."""
    _replace(f"{home}/{KEYWORDS}", "".join([f"{number} {keyword}\n" for number, keyword in enumerate(keywords)]))


def read_keywords(home: str) -> dict[int, str]:
    """By number. Raises OSError."""
    pairs = [line.split(" ", 1) for line in _text(f"{home}/{KEYWORDS}").splitlines()]
    return {int(pair[0]): pair[1] for pair in pairs if len(pair) == 2 and pair[0].isdecimal() and pair[1]}


# ---- Subscriptions and special uses, in the Maildir's root


def write_subscriptions(root: str, names: Iterable[MailboxName]) -> None:
    """A line each, in the form of Dovecot's first version: "INBOX", "Lists.Python". Raises OSError."""
    _replace(f"{root}/{SUBSCRIPTIONS}", "".join([f"{_dotted(name)}\n" for name in names]))


def read_subscriptions(root: str) -> list[MailboxName]:
    """Dovecot's, of either version, or Courier's. Raises OSError."""
    lines = _text(f"{root}/{SUBSCRIPTIONS}").splitlines()
    if lines and lines[0] == "V\t2":
        lines = [line.replace("\t", ".") for line in lines[1:]]
    courier = _text(f"{root}/{COURIER_SUBSCRIPTIONS}").splitlines()  # which writes "INBOX." before each name
    lines += [line.removeprefix("INBOX.") for line in courier]
    return [name for line in lines if (name := _name(line)) is not None]


def write_special_uses(root: str, uses: Iterable[tuple[MailboxName, str]]) -> None:
    """A line each: "\\Sent Sent". Raises OSError."""
    _replace(f"{root}/{SPECIAL_USES}", "".join([f"{use} {_dotted(name)}\n" for name, use in uses]))


def read_special_uses(root: str) -> dict[MailboxName, str]:
    """Raises OSError."""
    pairs = [line.split(" ", 1) for line in _text(f"{root}/{SPECIAL_USES}").splitlines()]
    return {name: pair[0] for pair in pairs if len(pair) == 2 and pair[0] and (name := _name(pair[1])) is not None}


def served(root: str) -> bool:
    """Whether a catalog of ours has led this Maildir."""
    return Path(root, SPECIAL_USES).exists()


def write_annotations(path: str, values: Mapping[str, bytes]) -> None:
    """A line each: the entry, a tab, its value as base64. Raises OSError."""
    lines = [f"{entry}\t{b2a_base64(value, newline=False).decode('ascii')}\n" for entry, value in values.items()]
    _replace(path, "".join(lines))


def read_annotations(path: str) -> dict[str, bytes]:
    """Raises OSError."""
    pairs = [line.split("\t") for line in _text(path).splitlines()]
    return {pair[0]: value for pair in pairs if len(pair) == 2 and (value := _octets(pair[1])) is not None}


def _octets(base64: str) -> bytes | None:
    try:
        return a2b_base64(base64.encode("ascii"), strict_mode=True)
    except ValueError:  # what is no ASCII, and what is no base64
        return None


def _dotted(name: MailboxName) -> str:
    return paths.mailbox_folder(name)[1:] or INBOX


def _name(dotted: str) -> MailboxName | None:
    if dotted == INBOX:
        return INBOX
    return paths.mailbox_name("." + dotted) if dotted else None


# ---- Files; pathlib and text streams would cost three times as much, for each account at each change


@contextmanager
def _opened(path: str, flags: int) -> Iterator[int]:
    """A descriptor. Raises OSError."""
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _text(path: str) -> str:
    """ "" where there is no such file. Raises OSError."""
    return _found(path) or ""


def _found(path: str) -> str | None:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.readall().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _put(descriptor: int, text: str) -> None:
    left = memoryview(text.encode("utf-8", "surrogateescape"))
    while left:
        left = left[os.write(descriptor, left) :]


def _write(path: str, text: str) -> None:
    """The whole file, over what was there. Raises OSError."""
    with _opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as descriptor:
        _put(descriptor, text)


def _replace(path: str, text: str) -> None:
    """Leave a file alone that says just this already. Raises OSError."""
    if _found(path) == text:
        return
    _write(f"{path}.new", text)
    os.rename(f"{path}.new", path)

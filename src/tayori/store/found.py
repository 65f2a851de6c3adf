"""What lies in a Maildir, as `tayori reindex` takes it in: ours, Dovecot's, Courier's, or anybody's."""

import logging
import os
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tayori.errors import CannotDo
from tayori.model import FIRST_KEYWORD_BIT, INBOX, MAX_KEYWORDS, MailboxName
from tayori.store import dovecot, flags, maildir, paths
from tayori.store.dovecot import UidList

DAMAGED = "damaged"  # beside the Maildir: where files go that are empty, or not as long as their name says

_SIZE = re.compile(r",S=(\d+)(?=,|$)")
_WIRE_SIZE = re.compile(r",W=(\d+)(?=,|$)")
_OURS = re.compile(r"(\d+)\.t([0-9a-z]+-?[0-9a-z]*)[0-9a-z-]*\.")  # when it came, and its spool id
_UNSAFE = re.compile("[\x01-\x1f\x7f\udc80-\udcff]")  # a list has a line a name, in UTF-8
_KEYWORD = re.compile(r"[!#$&'+-\[\]^-z|}~]+")  # as our grammar takes it from clients; RFC 3501 section 9

_log = logging.getLogger("tayori.store")


class File(NamedTuple):
    """A message's file as it was found."""

    where: str  # "cur/NAME:2,S"
    name: str  # without flags
    letters: str
    inode: int
    size: int
    time: int  # its internal date, seconds UTC


@dataclass(slots=True)
class Box:
    """A mailbox's folder and all that tells of it. `uids` stand beside `files`, ascending."""

    name: MailboxName
    folder: str
    files: list[File]
    uids: list[int]
    uidlist: UidList
    keywords: tuple[str, ...]
    letters: dict[str, int]  # of keywords in this folder's file names, and their bits


def has_mail(root: str) -> bool:
    """Whether there is a message in any folder of that Maildir."""
    return any(next(_entries(f"{root}/{folder}"), None) for folder in _folders(root))


def boxes(root: str, held: Container[str] = ()) -> Iterator[Box]:
    """Every mailbox below `root`, INBOX first; without the files of those spool ids. Raises OSError."""
    for folder in _folders(root):
        name = paths.mailbox_name(folder) or _adopted(root, folder)
        if name is None:
            _log.warning("event=folder-without-name maildir=%r folder=%r", root, folder)
            continue
        yield _box(root, name, held)


def _folders(root: str) -> list[str]:
    below = [entry.name for entry in os.scandir(root) if entry.name.startswith(".") and entry.is_dir()]
    return [folder for folder in ["", *sorted(below)] if Path(root, folder, "cur").is_dir()]


def _adopted(root: str, folder: str) -> MailboxName | None:
    """A folder whose name is plain text gets the one that we give it. Raises OSError."""
    try:
        name = paths.canonical(folder[1:].replace(".", "/"))
    except CannotDo:
        return None
    ours = paths.mailbox_folder(name)
    if folder.startswith(paths.provisional_folder(0)[:-1]) or Path(root, ours).exists():
        return None
    os.rename(f"{root}/{folder}", f"{root}/{ours}")
    return name


def _box(root: str, name: MailboxName, held: Container[str]) -> Box:
    folder = paths.mailbox_folder(name)
    home = f"{root}/{folder}"
    uidlist = dovecot.read_uidlist(home)
    uidlist.uids = {_spelt(file): uid for file, uid in uidlist.uids.items()}
    numbered = {number: word for number, word in dovecot.read_keywords(home).items() if _KEYWORD.fullmatch(word)}
    keywords = flags.learnt([numbered[number] for number in sorted(numbered)][:MAX_KEYWORDS], ())
    letters = {
        chr(ord("a") + number): 1 << (FIRST_KEYWORD_BIT + keywords.index(keyword))
        for number, keyword in numbered.items()
        if number < len(maildir.KEYWORD_LETTERS) and keyword in keywords
    }
    files, uids = _numbered(list(_files(root, folder, held)), uidlist)
    return Box(name, folder, files, uids, uidlist, keywords, letters)


def _numbered(files: list[File], uidlist: UidList) -> tuple[list[File], list[int]]:
    """The files by UID; those that the list does not know get new ones behind all, the oldest first."""
    known = {uid: file for file in files if (uid := uidlist.uids.get(file.name))}
    taken = {file.name for file in known.values()}
    for file in sorted((file for file in files if file.name not in taken), key=lambda file: (file.time, file.name)):
        known[uidlist.uid_next] = file
        uidlist.uid_next += 1
    uids = sorted(known)
    return [known[uid] for uid in uids], uids


def _files(root: str, folder: str, held: Container[str]) -> Iterator[File]:
    """The folder's messages; damaged files are put aside. Raises OSError."""
    seen: set[str] = set()
    for entry in list(_entries(f"{root}/{folder}")):  # before any is renamed
        spelt = _spelt(entry.name)
        name, _, letters = spelt.partition(":2,")
        state = entry.stat()
        told, ours = _SIZE.search(name), _OURS.match(name)
        if ours and ours[2] in held:
            continue
        path = entry.path.removesuffix(entry.name) + spelt
        taken = name in seen or (spelt != entry.name and os.path.lexists(path))
        if state.st_size == 0 or (told and int(told[1]) != state.st_size) or taken:
            _put_aside(root, folder, entry)
            continue
        if spelt != entry.name:
            os.rename(entry.path, path)
        seen.add(name)
        time = int(ours[1]) if ours else int(state.st_mtime)
        where = f"{Path(path).parent.name}/{spelt}"
        yield File(where, name.partition(":")[0], letters, state.st_ino, state.st_size, time)


def _spelt(name: str) -> str:
    """A file's name as lists can have it: octets that are no UTF-8, and control characters, as %XX."""
    return name if name.isprintable() else _UNSAFE.sub(lambda octet: f"%{ord(octet.group()) & 0xFF:02X}", name)


def _entries(home: str) -> "Iterator[os.DirEntry[str]]":
    for folder in ("cur", "new"):
        try:
            with os.scandir(f"{home}/{folder}") as entries:
                yield from (entry for entry in entries if not entry.name.startswith(".") and entry.is_file())
        except FileNotFoundError:
            continue


def _put_aside(root: str, folder: str, entry: "os.DirEntry[str]") -> None:
    """Over nothing that was put there before. Raises OSError."""
    aside = Path(root).with_name(DAMAGED)
    aside.mkdir(0o700, exist_ok=True)
    octets = os.fsencode(f"{folder or INBOX}.{entry.name}")[: paths.LONGEST_NAME - len("~9999")]
    names = (octets + b"~%d" % nth if nth else octets for nth in count())
    target = next(path for name in names if not os.path.lexists(path := os.path.join(os.fsencode(aside), name)))
    os.rename(entry.path, target)
    _log.error("event=damaged-file path=%r moved=%r", entry.path, os.fsdecode(target))


def bits(box: Box, file: File) -> int:
    """The flags that a file's letters tell in its mailbox."""
    mask = 0
    for letter in file.letters:
        mask |= maildir.LETTERS.get(letter, 0) or box.letters.get(letter, 0)
    return mask


def has_lf(name: str, content: bytes) -> bool:
    """Whether its LF stand for CRLF: as W= tells, or, where that cannot be, because it has no CRLF."""
    told = _WIRE_SIZE.search(name)
    if told and int(told[1]) == len(content):
        return False
    return bool(told and int(told[1]) == len(content) + content.count(b"\n")) or b"\r\n" not in content

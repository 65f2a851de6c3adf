"""Files of a Maildir: their names, how they come to be, how they are read. cr.yp.to/proto/maildir.html, Maildir++.

Law: a file appears under its final name whole, or not at all. Nothing is synced here; settling does that.
"""

import mmap
import os
import re
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from tayori.model import ANSWERED, DELETED, DRAFT, FIRST_KEYWORD_BIT, FLAGGED, SEEN

LETTERS = {"D": DRAFT, "F": FLAGGED, "R": ANSWERED, "S": SEEN, "T": DELETED}
"""The flags of a file's name; P (passed) is kept by no flag of IMAP's. In the order in which they are written."""

KEYWORD_LETTERS = "abcdefghijklmnopqrstuvwxyz"  # Dovecot's custom: the n-th line of dovecot-keywords

SHOWN = (1 << (FIRST_KEYWORD_BIT + len(KEYWORD_LETTERS))) - 1
"""The flags that a file's name can tell."""

MAPPED = 2**20  # octets from which on a file is mapped and not read
FOLDERS = ("tmp", "new", "cur")
MARKER = "maildirfolder"  # Maildir++: in every folder but the inbox

_SPOOLED = re.compile(r"\d+\.t([0-9a-z]+)-")
_COPY = re.compile(r"_(\d+)(?=,|$)")


def unique_name(received: int, spool_id: str, nth: int, host: str, size: int, wire_size: int) -> str:
    """Of a file that came by the spool; `nth` tells several of one account apart. The same for each replay."""
    return f"{received}.t{spool_id}{f'-{nth}' if nth else ''}.{host},S={size},W={wire_size}"


def worker_of(name: str) -> str:
    """By whose spool a file came whose name `unique_name` made: "w0"; "" of any other."""
    match = _SPOOLED.match(name)
    return match[1] if match else ""


def copy_name(name: str, uid: int) -> str:
    """Of a copy's link in its mailbox; `original_name` undoes it."""
    base, comma, rest = name.partition(",")
    return f"{base}_{uid}{comma}{rest}"


def original_name(name: str) -> tuple[str, int | None]:
    """A copy's original name and the copy's UID; (name, None) of one that is none."""
    match = _COPY.search(name.partition(",")[0])
    if match is None or match.end() != len(name.partition(",")[0]):
        return name, None
    return name[: match.start()] + name[match.end() :], int(match.group(1))


def email_id(name: str) -> bytes:
    """RFC 8474 section 5.1: the same for all copies, and after the catalog is rebuilt."""
    return b"M" + _hashed(_original(name))


def thread_id(root: bytes | str) -> bytes:
    """RFC 8474 section 5.2: of the identifier of a thread's first message, or the name of one that has none."""
    return b"T" + _hashed(_original(root) if isinstance(root, str) else root)


def _original(name: str) -> bytes:
    return original_name(name)[0].partition(",")[0].encode("utf-8", "surrogateescape")


def _hashed(octets: bytes) -> bytes:
    return blake2b(octets, digest_size=12).hexdigest().encode("ascii")


def filed(flags: int, in_cur: bool) -> int:
    """What a file's name and folder tell, as a number; unseen mail without flags lies in new/ until a reader saw it."""
    shown = flags & SHOWN
    return shown << 1 | 1 if in_cur or shown else 0


def place(name: str, file: int) -> str:
    """Where such a file lies in its mailbox's folder: "new/NAME" or "cur/NAME:2,FS"."""
    front, back = around(file)
    return front + name + back


@lru_cache(maxsize=1024)
def around(file: int) -> tuple[str, str]:
    """What stands before and behind the name of such a file: ("cur/", ":2,FS")."""
    return ("cur/", f":2,{info(file >> 1)}") if file else ("new/", "")


@lru_cache(maxsize=1024)
def info(flags: int) -> str:
    """The letters of flags: capitals first, as everyone sorts them."""
    system = "".join(letter for letter, flag in LETTERS.items() if flags & flag)
    return system + "".join(letter for bit, letter in enumerate(KEYWORD_LETTERS, FIRST_KEYWORD_BIT) if flags >> bit & 1)


def flags_of(letters: str) -> int:
    """The flags that letters tell; unknown ones are nothing."""
    flags = 0
    for letter in letters:
        flags |= LETTERS.get(letter, 0)
        if letter in KEYWORD_LETTERS:
            flags |= 1 << (FIRST_KEYWORD_BIT + KEYWORD_LETTERS.index(letter))
    return flags


def make(root: str, folder: str) -> None:
    """Make a mailbox's folders below the Maildir `root`; those that are there stay. Raises OSError."""
    home = Path(root, folder)
    for name in FOLDERS:
        (home / name).mkdir(0o700, parents=True, exist_ok=True)
    if folder:
        (home / MARKER).touch(0o600)


def write(home: str, where: str, content: bytes, received: int | None) -> None:
    """Put a new file at `where` below `home`, over one that may be there. Raises OSError.

    `received`, where given, becomes the file's time: what other programs show as the internal date.
    """
    draft = f"{home}/tmp/{where[4:]}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        if os.write(descriptor, content) != len(content):
            _write_rest(descriptor, content)
        if received is not None:
            os.utime(descriptor, (received, received))
        os.rename(draft, f"{home}/{where}")
    except BaseException:
        os.unlink(draft)
        raise
    finally:
        os.close(descriptor)


def _write_rest(descriptor: int, content: bytes) -> None:
    """One write took only some of it (a full disk, more than 2 GiB)."""
    written = os.lseek(descriptor, 0, os.SEEK_CUR)
    view = memoryview(content)
    while written < len(content):
        written += os.write(descriptor, view[written:])


def link(source: str, home: str, where: str) -> None:
    """Give a file one more name, over another file that may be there. Raises OSError."""
    target = f"{home}/{where}"
    try:
        os.link(source, target)
    except FileExistsError:
        if os.path.samefile(source, target):
            return
        draft = f"{home}/tmp/{where[4:]}"
        os.link(source, draft)
        os.rename(draft, target)


def read(path: str, size: int) -> bytes | None:
    """The whole file, mapped when large; None if it has not just `size` octets. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if size > MAPPED:
            return _mapped(descriptor, size)
        content = os.read(descriptor, size + 1)
        return content if len(content) == size else None
    finally:
        os.close(descriptor)


def _mapped(descriptor: int, size: int) -> bytes | None:
    if os.fstat(descriptor).st_size != size:
        return None
    return mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)  # type: ignore[return-value]  # model.Buffer allows it


def listing(home: str) -> dict[str, str]:
    """Where the files below `home` lie, by unique name: one look into both folders. Raises OSError."""
    return {name: found[-1] for name, found in places(home).items()}


def places(home: str) -> dict[str, list[str]]:
    """As `listing`, with every place of a name. Raises OSError."""
    found: dict[str, list[str]] = {}
    for folder in ("new", "cur"):
        try:
            names = os.listdir(f"{home}/{folder}")
        except FileNotFoundError:
            continue
        for name in names:
            found.setdefault(name.partition(":")[0], []).append(f"{folder}/{name}")
    return found

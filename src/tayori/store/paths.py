"""The only place where paths below DATA are made. DESIGN section 5; Maildir++; modified UTF-7: RFC 3501 section 5.1.3.

Law: whatever octets a name has, its path stays below DATA, and two names never share one.
"""

import base64
import os
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote_to_bytes

import idna

from tayori.errors import CannotDo
from tayori.model import DELIMITER, INBOX, Account, MailboxName

LONGEST_NAME = 255  # octets of one file name, NAME_MAX
MAX_DEPTH = 32  # levels of a mailbox name

_UNSAFE = re.compile(rb"[^a-z0-9._+=-]|^\.")
_SHIFTED = re.compile(r"[^\x20-\x7e]+|[./]+|&")
_UNSHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


def account_folder(data: Path, account: Account) -> Path:
    """DATA/mail/<domain>/<user>, the parts escaped. Raises CannotDo: not an address, or too long for a file name."""
    local, at, domain = unicodedata.normalize("NFC", account.lower()).rpartition("@")
    if not (at and local and domain):
        raise CannotDo("An account's name is an address")
    folders = _escaped(_a_label(domain)), _escaped(local)
    if max(map(len, folders)) > LONGEST_NAME:
        raise CannotDo("The address is too long")
    return data / "mail" / folders[0] / folders[1]


def account_of(folder: Path) -> Account:
    """The account that `account_folder` put there."""
    local = unquote_to_bytes(folder.name).decode("utf-8", "surrogateescape")
    return Account(f"{local}@{_u_label(unquote_to_bytes(folder.parent.name).decode('utf-8', 'surrogateescape'))}")


def account_folders(data: Path) -> list[Path]:
    """Every account's folder that is there, sorted; what no account's name gives is none. Raises OSError."""
    domains = [domain for domain in _names(data / "mail") if not domain.startswith(".")]
    pairs = [(domain, user) for domain in domains for user in _names(data / "mail" / domain)]
    return [data / "mail" / domain / user for domain, user in pairs if _is_an_accounts(domain, user)]


def last_changes(data: Path) -> list[int]:
    """When accounts came or went last, of each folder that has some, in ns. Raises OSError."""
    mail = data / "mail"
    return [os.stat(folder).st_mtime_ns for folder in (mail, *(mail / domain for domain in _names(mail)))]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


@lru_cache(maxsize=100_000)
def _is_an_accounts(domain: str, user: str) -> bool:
    folder = Path("mail", domain, user)
    try:
        return account_folder(Path(), account_of(folder)) == folder
    except CannotDo:
        return False


def catalog(folder: Path) -> Path:
    return folder / "index.db"


def catalog_log(folder: Path) -> str:
    """SQLite's write-ahead log of it; a text, because the keeper asks for all of them each second."""
    return f"{folder}/index.db-wal"


def maildir(folder: Path) -> Path:
    return folder / "Maildir"


def epoch(data: Path) -> Path:
    return data / "epoch"


def reserve(data: Path) -> Path:
    return data / "reserve"


def clean(data: Path) -> Path:
    return data / "clean"


def canonical(name: str) -> MailboxName:
    """The one spelling of a mailbox's name. Raises CannotDo: an empty level, too deep or long, a control character."""
    text = unicodedata.normalize("NFC", name)
    levels = text.split(DELIMITER)
    if levels[0].upper() == INBOX:
        levels[0] = INBOX
    if not all(levels) or len(levels) > MAX_DEPTH or any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise CannotDo("Not a name for a mailbox")
    spelt = MailboxName(DELIMITER.join(levels))
    if len(mailbox_folder(spelt)) > LONGEST_NAME:
        raise CannotDo("The mailbox name is too long")
    return spelt


def mailbox_folder(name: MailboxName) -> str:
    """The folder in Maildir++: "" for INBOX, "A/B" is ".A.B"; a dot inside a level is "&AC4-"."""
    if name == INBOX:
        return ""
    return "." + ".".join(modified_utf7(level) for level in name.split(DELIMITER))


def mailbox_name(folder: str) -> MailboxName | None:
    """The mailbox that lies in such a folder, None where `mailbox_folder` would name it otherwise."""
    if folder == "":
        return INBOX
    try:
        name = canonical(DELIMITER.join(_from_modified_utf7(level) for level in folder[1:].split(".")))
    except (CannotDo, ValueError):
        return None
    return name if mailbox_folder(name) == folder else None


def provisional_folder(mailbox_id: int) -> str:
    """Where a mailbox lies while another still has its folder, or once it is deleted; no mailbox's name gives it."""
    return f".&tayori-{mailbox_id}"


def modified_utf7(level: str) -> str:
    """RFC 3501 section 5.1.3, and "." and "/" are shifted as well. "台北.x" gives "&U,BTFw-&AC4-x"."""
    return _SHIFTED.sub(_shift, level)


def _from_modified_utf7(level: str) -> str:
    """Raises ValueError: octets that no name gives."""
    if "&" in _UNSHIFTED.sub("", level) or not level.isascii():
        raise ValueError("not modified UTF-7")
    return _UNSHIFTED.sub(_unshift, level)


def _shift(match: re.Match[str]) -> str:
    text = match.group()
    if text == "&":
        return "&-"
    return "&" + base64.b64encode(text.encode("utf-16-be"), b"+,").decode().rstrip("=") + "-"


def _unshift(match: re.Match[str]) -> str:
    digits = match.group(1)
    if not digits:
        return "&"
    return base64.b64decode(digits + "=" * (-len(digits) % 4), b"+,", validate=True).decode("utf-16-be")


def _escaped(text: str) -> str:
    return _UNSAFE.sub(lambda octet: b"%%%02X" % octet.group()[0], text.encode("utf-8", "surrogateescape")).decode()


def _a_label(domain: str) -> str:
    """RFC 5891; a domain that IDNA does not know (an address literal, an underscore) stays as it is."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def _u_label(domain: str) -> str:
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except idna.IDNAError:
        return domain

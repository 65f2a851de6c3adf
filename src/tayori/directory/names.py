"""Domains and addresses in the one form they are kept and compared in: lower case, NFC, U-labels. RFC 5890."""

import re
from unicodedata import normalize

from tayori.model import Account, Address

MAX_DOMAIN = 255  # octets, RFC 5321 section 4.5.3.1.2
MAX_LOCAL_PART = 64  # octets, RFC 5321 section 4.5.3.1.1

_LABELS = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*")


def domain(text: str) -> str:
    """ "XN--R8JZ45G.example" gives "例え.example". Raises ValueError: no domain name."""
    name = normalize("NFC", text.strip().rstrip(".").lower())
    if not name or len(name.encode()) > MAX_DOMAIN:
        raise ValueError(f"{text!r} is no domain name")
    if name.isascii() and "xn--" not in name:
        if not _LABELS.fullmatch(name):
            raise ValueError(f"{text!r} is no domain name")
        return name
    return _international(name)


def address(text: str) -> Address:
    """ "Alice@EXAMPLE.org" gives Address("alice", "example.org"). Raises ValueError: no address."""
    local, at, host = text.strip().rpartition("@")
    if not at or not local or len(local.encode()) > MAX_LOCAL_PART:
        raise ValueError(f"{text!r} is no address; write name@domain")
    if any(ord(mark) < 33 or ord(mark) == 127 for mark in local) or set('@"<>()[]\\,:;') & set(local):
        raise ValueError(f"{text!r} has a local part that no account or alias can have")
    return Address(normalize("NFC", local.lower()), domain(host))


def folded(found: Address) -> Address:
    """An address off the wire in the form of our keys; its domain is a U-label already."""
    return Address(normalize("NFC", found.local.lower()), found.domain.lower())


def account(found: Address) -> Account:
    return Account(str(found))


def alias(text: str) -> Address:
    """An address, "@domain" for a domain's catch-all, or "postmaster" for the whole server's. Raises ValueError."""
    if text.strip().lower() == "postmaster":
        return Address("postmaster", "")
    if text.strip().startswith("@"):
        return Address("", domain(text.strip()[1:]))
    return address(text)


def _international(name: str) -> str:
    import idna  # 10 ms, and few need it

    try:
        return str(idna.decode(idna.encode(name, uts46=True)))
    except idna.IDNAError as cause:
        raise ValueError(f"{name!r} is no domain name: {cause}") from cause

"""Octets of a login or password to text: NFC for PLAIN and LOGIN (RFC 8265), SASLprep for SCRAM (RFC 4013)."""

import stringprep
from unicodedata import normalize

from tayori.errors import LoginFailed

MAX_CREDENTIAL = 1024  # octets of a login or a password


def text(octets: bytes) -> str:
    """UTF-8 to NFC text. Raises LoginFailed: too long, not UTF-8, NUL inside."""
    if len(octets) > MAX_CREDENTIAL or b"\0" in octets:
        raise LoginFailed("Authentication failed")
    try:
        return normalize("NFC", octets.decode("utf-8"))
    except UnicodeDecodeError as cause:
        raise LoginFailed("Authentication failed") from cause


def stored(password: str) -> str:
    """A "stored string" of SASLprep, as SCRAM's salt is mixed with; text that it forbids stays as it is.

    RFC 4013 sections 2.1 and 2.2.
    """
    mapped = "".join(
        " " if stringprep.in_table_c12(mark) else mark for mark in password if not stringprep.in_table_b1(mark)
    )
    return normalize("NFKC", mapped)

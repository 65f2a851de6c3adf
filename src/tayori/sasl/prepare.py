"""Octets of a login or password to text. RFC 4013 (SASLprep) in the form that RFC 8265 keeps of it."""

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

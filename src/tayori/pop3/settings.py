"""What can be set of POP3."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds."""

    hostname: str = "localhost"
    service: str = "pop3"  # or pop3s
    plaintext_without_tls: bool = False  # USER, PASS and AUTH PLAIN in the clear: only on loopback
    idle: float = 600.0  # of silence; RFC 1939 section 3 asks for ten minutes at least
    errors: int = 20  # refused commands in a row

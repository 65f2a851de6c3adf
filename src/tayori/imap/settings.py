"""What can be set of IMAP."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Sizes in octets, times in seconds."""

    hostname: str = "localhost"
    message: int = 50 * 2**20  # of one APPEND
    plaintext_without_tls: bool = False  # LOGIN, PLAIN before TLS: only on loopback
    idle: float = 1800.0  # of silence after login, RFC 3501 section 5.4
    login_timeout: float = 60.0  # of silence before it
    errors: int = 20  # refused commands in a row
    message_limit: int = 0  # messages that one command touches, RFC 9738; 0: any number
    save_limit: int = 0  # messages that one COPY or APPEND saves, likewise
    without: frozenset[str] = frozenset()  # capabilities that are not offered, in upper case

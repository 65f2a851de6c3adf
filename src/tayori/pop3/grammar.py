"""Commands to typed arguments. RFC 1939 section 3, RFC 2449 section 4."""

from tayori.errors import ProtocolError
from tayori.sasl import prepare

MAX_NUMBER = 2**31


def command(line: bytes) -> tuple[bytes, bytes]:
    """b"retr 1" gives (b"RETR", b"1")."""
    name, _, argument = line.partition(b" ")
    return name.upper(), argument


def nothing(argument: bytes) -> None:
    """Raises ProtocolError: an argument where none is wanted."""
    if argument.strip():
        raise ProtocolError("This command takes no argument")


def number(argument: bytes) -> int:
    """b"12" gives 12. Raises ProtocolError."""
    digits = argument.strip()
    if not digits.isdigit() or len(digits) > 10 or int(digits) >= MAX_NUMBER:
        raise ProtocolError("A number is wanted here")
    return int(digits)


def two_numbers(argument: bytes) -> tuple[int, int]:
    """b"1 10" gives (1, 10). Raises ProtocolError."""
    parts = argument.split()
    if len(parts) != 2:
        raise ProtocolError("Two numbers are wanted here")
    return number(parts[0]), number(parts[1])


def credential(argument: bytes) -> str:
    """A name or password, spaces and all, in UTF-8. Raises ProtocolError, LoginFailed. RFC 6856 section 2.2."""
    if not argument:
        raise ProtocolError("A name or password is wanted here")
    return prepare.text(argument)

"""What is said: single lines, and refusals with their codes. RFC 1939 section 3, RFC 2449 section 8, RFC 3206."""

from tayori.errors import InUse, LoginFailed, Refusal, TryLater

END = b".\r\n"
OK = b"+OK\r\n"

CODES: tuple[tuple[type[Refusal], str], ...] = (
    (LoginFailed, "[AUTH] "),
    (InUse, "[IN-USE] "),
    (TryLater, "[SYS/TEMP] "),
)

FAREWELLS = {
    "timeout": b"-ERR You were silent for too long\r\n",
    "shutdown": b"-ERR [SYS/TEMP] The server stops, come back later\r\n",
    "fault": b"-ERR [SYS/TEMP] Something went wrong here, come back later\r\n",
}


def ok(text: str) -> bytes:
    return f"+OK {text}\r\n".encode()


def refusal(refused: Refusal) -> bytes:
    code = next((code for kind, code in CODES if isinstance(refused, kind)), "")
    text = " ".join(str(refused).split()) or "Refused"
    return f"-ERR {code}{text}\r\n".encode()


def challenge(base64: bytes) -> bytes:
    """RFC 5034 section 4."""
    return b"+ " + base64 + b"\r\n"


def farewell(reason: str) -> bytes:
    return FAREWELLS.get(reason, b"")

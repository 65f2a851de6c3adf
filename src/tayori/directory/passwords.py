"""What is kept of a password: Argon2id for those who send it, SCRAM keys for those who prove it. RFC 9106, RFC 5802.

argon2 is imported where it is used: most commands of the command line never ask it.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from unicodedata import normalize

from tayori.errors import CannotDo
from tayori.sasl.prepare import MAX_CREDENTIAL, stored

ARGON2 = "argon2id"
SCRAM = {"SCRAM-SHA-256": "sha256"}  # by hash name, as hashlib knows it
ITERATIONS = 2**14  # of PBKDF2; RFC 7677 section 4 asks for 4096 at least
SALT, TAG = 16, 32  # octets
MEMORY, PASSES, LANES = 19 * 2**10, 2, 1  # KiB; OWASP's first choice for Argon2id


@dataclass(slots=True)
class Keys:
    """ports.ScramKeys."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes
    nonce: str = ""  # of one log-in


def credentials(password: str) -> dict[str, str]:
    """Kind to what is stored. Raises CannotDo: no password that a client could send."""
    password = normalize("NFC", password)
    if not password or not password.isprintable() or len(password.encode()) > MAX_CREDENTIAL:
        raise CannotDo(f"a password has 1 to {MAX_CREDENTIAL} octets of printable text; give another")
    kept = {ARGON2: argon2(password)}
    for mechanism in SCRAM:
        kept[mechanism] = scram_text(mechanism, scram(mechanism, password, secrets.token_bytes(SALT)))
    return kept


def argon2(password: str) -> str:
    """ "$argon2id$v=19$m=19456,t=2,p=1$…" """
    from argon2.low_level import Type, hash_secret

    salt = secrets.token_bytes(SALT)
    return hash_secret(password.encode(), salt, PASSES, MEMORY, LANES, TAG, Type.ID).decode()


def argon2_of_nobody() -> str:
    """A hash of the same cost that no password has."""
    salt, tag = (b64encode(secrets.token_bytes(octets)).rstrip(b"=").decode() for octets in (SALT, TAG))
    return f"$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}${salt}${tag}"


def verified(hashed: str, password: str) -> bool:
    """Whether it is the password of that Argon2 hash; some 20 ms of one core, without the interpreter's lock."""
    from argon2.exceptions import VerificationError
    from argon2.low_level import Type, verify_secret

    try:
        return verify_secret(hashed.encode(), password.encode(), Type.ID)
    except VerificationError:
        return False


def scram(mechanism: str, password: str, salt: bytes, iterations: int = ITERATIONS) -> Keys:
    """RFC 5802 section 3."""
    name = SCRAM[mechanism]
    salted = hashlib.pbkdf2_hmac(name, stored(password).encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", name)
    return Keys(salt, iterations, hashlib.new(name, client).digest(), hmac.digest(salted, b"Server Key", name))


def scram_text(mechanism: str, keys: Keys) -> str:
    """ "SCRAM-SHA-256$16384:salt$stored:server", as RFC 5803 section 2 writes it."""
    salt, stored_key, server_key = (b64encode(part).decode() for part in (keys.salt, keys.stored_key, keys.server_key))
    return f"{mechanism}${keys.iterations}:{salt}${stored_key}:{server_key}"


def scram_keys(text: str) -> Keys:
    """The reverse of `scram_text`."""
    _, parameters, halves = text.split("$")
    iterations, salt = parameters.split(":")
    stored_key, server_key = halves.split(":")
    return Keys(b64decode(salt), int(iterations), b64decode(stored_key), b64decode(server_key))


def made_up_keys(mechanism: str, login: str, secret: bytes) -> Keys:
    """For a login that is nobody's: the same answer each time, which no password proves. RFC 5802 section 9."""
    name = SCRAM[mechanism]
    salt, stored_key, server_key = (hmac.digest(secret, part + login.encode(), name) for part in (b"1", b"2", b"3"))
    return Keys(salt[:SALT], ITERATIONS, stored_key, server_key)

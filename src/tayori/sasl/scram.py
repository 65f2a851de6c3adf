"""SCRAM-SHA-256, with channel binding or without: neither side shows the password. RFC 5802, RFC 7677.

client-first   n,,n=user,r=<its nonce>
server-first   r=<both nonces>,s=<salt>,i=<iterations>
client-final   c=<GS2 header and binding>,r=<both nonces>,p=<proof>
server-final   v=<server's signature>
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest

from tayori.errors import LoginFailed, ProtocolError
from tayori.model import Identity
from tayori.ports import Peer, ScramKeys
from tayori.sasl.mechanism import Attempt, Mechanism
from tayori.sasl.prepare import text

NAME = "SCRAM-SHA-256"
PLUS = "SCRAM-SHA-256-PLUS"
BINDINGS = (b"tls-exporter", b"tls-server-end-point")  # RFC 9266, RFC 5929

# RFC 5802 section 7; an extension that must be understood ("m=") is not.
_FIRST = re.compile(
    rb"(?P<header>(?P<binding>n|y|p=(?P<kind>[A-Za-z0-9.-]+)),(?:a=(?P<authorize>[^,]+))?,)"
    rb"(?P<bare>n=(?P<user>[^,]+),r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,.*)?)",
    re.DOTALL,
)
_FINAL = re.compile(rb"(?P<bare>c=(?P<binding>[^,]+),r=(?P<nonce>[^,]+)(?:,[^p].*)?),p=(?P<proof>[^,]+)", re.DOTALL)
_ESCAPE = re.compile(rb"=(2C|3D|)")
_ESCAPED = {b"2C": b",", b"3D": b"="}


@dataclass(slots=True)
class Opening:
    """The client's first message, taken apart."""

    header: bytes  # GS2
    bare: bytes
    binding: bytes  # n (the client cannot), y (it thinks that we cannot), p=…
    kind: bytes  # of channel binding
    authorize: str
    user: str
    nonce: bytes


async def scram(attempt: Attempt) -> Identity:
    """Raises LoginFailed, ProtocolError, LoginCancelled, TryLater."""
    opening = opened(await attempt.channel.first())
    if opening.kind:
        raise ProtocolError(f"{NAME} has no channel binding; {PLUS} does")
    if opening.binding == b"y" and PLUS in attempt.offered:
        raise LoginFailed("Channel binding is offered here, and somebody hid it from you")
    return await _proved(attempt, opening, b"")


async def scram_plus(attempt: Attempt) -> Identity:
    """Raises LoginFailed, ProtocolError, LoginCancelled, TryLater."""
    opening = opened(await attempt.channel.first())
    if not opening.kind:
        raise ProtocolError(f"{PLUS} wants channel binding")
    return await _proved(attempt, opening, bound(attempt.peer, opening.kind))


def bound(peer: Peer, kind: bytes) -> bytes:
    """What both ends of the TLS connection know and nobody between them. Raises ProtocolError: no such kind here."""
    octets = peer.channel_binding(kind.decode()) if kind in BINDINGS else None
    if octets is None:
        raise ProtocolError("No channel binding of that kind here")
    return octets


def opened(message: bytes) -> Opening:
    """Raises ProtocolError, LoginFailed (a name that is no text)."""
    found = _FIRST.fullmatch(message)
    if found is None:
        raise ProtocolError("Not a first message of SCRAM")
    authorize, user = (text(_unescaped(found[group] or b"")) for group in ("authorize", "user"))
    kind = found["kind"] or b""
    return Opening(found["header"], found["bare"], found["binding"], kind, authorize, user, found["nonce"])


async def _proved(attempt: Attempt, opening: Opening, binding: bytes) -> Identity:
    """The exchange from the server's first message on."""
    identity, keys = await attempt.directory.scram_keys(opening.user, NAME, attempt.origin)
    nonce = opening.nonce + keys.nonce.encode()
    first = b"r=%b,s=%b,i=%d" % (nonce, b64encode(keys.salt), keys.iterations)
    final = _FINAL.fullmatch(await attempt.channel.ask(first))
    if final is None or final["nonce"] != nonce:
        raise ProtocolError("Not a final message of SCRAM")
    said = b"%b,%b,%b" % (opening.bare, first, final["bare"])
    same_channel = compare_digest(_decoded(final["binding"]), opening.header + binding)
    right = proves(keys, said, _decoded(final["proof"])) and same_channel
    attempt.directory.proved(opening.user, attempt.origin, right)
    if not right or opening.authorize not in ("", opening.user, identity.account):
        raise LoginFailed("Authentication failed")
    if await attempt.channel.ask(b"v=" + b64encode(digest(keys.server_key, said, "sha256"))):
        raise ProtocolError("An empty response is wanted here")
    return identity


def proves(keys: ScramKeys, said: bytes, proof: bytes) -> bool:
    """Whether the proof comes from who knows the password. RFC 5802 section 3."""
    signature = digest(keys.stored_key, said, "sha256")
    if len(proof) != len(signature):
        return False
    client_key = bytes(ours ^ theirs for ours, theirs in zip(signature, proof, strict=True))
    return compare_digest(sha256(client_key).digest(), keys.stored_key)


def _unescaped(name: bytes) -> bytes:
    """ "=2C" is a comma, "=3D" an equals sign; no other "=" may be there. Raises ProtocolError."""
    if any(escape not in _ESCAPED for escape in _ESCAPE.findall(name)):
        raise ProtocolError("Not a name as SCRAM writes it")
    return _ESCAPE.sub(lambda found: _ESCAPED[found[1]], name)


def _decoded(octets: bytes) -> bytes:
    try:
        return b64decode(octets, validate=True)
    except NotBase64 as cause:
        raise ProtocolError("Not valid base64") from cause


MECHANISM = Mechanism(NAME, scram)

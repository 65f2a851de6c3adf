"""Certificate files to TLS settings: what a server offers, and which certificate for which name. RFC 8446, RFC 6066.

Law: `cryptography` (50 ms to import) is loaded only where certificates are made or names must be read out of them.
"""

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # for TLS 1.2; those of 1.3 are all good. RFC 9325 section 4.2
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
RENEW_AFTER = 300 * 86_400  # seconds; what is made here is good for 397 days

_PEM_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class CertificateError(Exception):
    """A certificate or key cannot be used; str() is one line: which file, and why."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"{file}: {why}")
        self.file = file


class Pair(NamedTuple):
    """The files of a certificate (with its chain, PEM, its own first) and of its key."""

    certificate: Path
    key: Path


class Files(NamedTuple):
    """What `development` and `self_signed` give; `ca` is the file that clients are told to trust."""

    ca: Path
    certificate: Path
    key: Path

    @property
    def pair(self) -> Pair:
        return Pair(self.certificate, self.key)


class Context(ssl.SSLContext):
    """TLS settings around one certificate."""

    certificate: bytes  # DER


# ---- What a server offers


def context(pairs: Sequence[Pair | tuple[Path, Path]]) -> Context:
    """Settings that serve each client the certificate for the name it asks for, and the first one else.

    Made before a fork, its session tickets are good in every worker. Raises CertificateError.
    """
    contexts = [_context_of(Pair(*pair)) for pair in pairs]
    first = contexts[0]
    if len(contexts) > 1:
        first.sni_callback = _choice(_by_name(zip(contexts, pairs, strict=True)))
    return first


def served(tls: ssl.SSLObject | ssl.SSLSocket) -> bytes | None:
    """The certificate (DER) that this session showed its client: what RFC 5929 section 4 binds to."""
    return tls.context.certificate if isinstance(tls.context, Context) else None


def _context_of(pair: Pair) -> Context:
    found = _PEM_CERTIFICATE.search(_text(pair.certificate))
    if found is None:
        raise CertificateError(pair.certificate, "holds no certificate in PEM form")
    if "PRIVATE KEY-----" not in _text(pair.key):
        raise CertificateError(pair.key, "holds no private key in PEM form")
    made = Context(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(CIPHERS)
    made.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    made.num_tickets = 1  # of OpenSSL's two the second is never used by mail clients
    _load(made, pair)
    made.certificate = ssl.PEM_cert_to_DER_cert(found.group())
    return made


def _load(made: ssl.SSLContext, pair: Pair) -> None:
    def no_passphrase() -> str:
        raise CertificateError(pair.key, "is encrypted, and a server has nobody to ask for the passphrase")

    try:
        made.load_cert_chain(pair.certificate, pair.key, no_passphrase)
    except ssl.SSLError as cause:
        if cause.reason == "KEY_VALUES_MISMATCH":
            raise CertificateError(pair.key, f"is not the key of {pair.certificate}") from cause
        raise CertificateError(pair.certificate, f"cannot be used with its key: {cause.reason or cause}") from cause


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError as cause:
        raise CertificateError(file, cause.strerror or str(cause)) from cause


# ---- Which certificate for which name. RFC 6066 section 3, RFC 9525 section 6.3


def _by_name(contexts: Iterable[tuple[Context, Pair | tuple[Path, Path]]]) -> dict[str, Context]:
    """ "mail.example.org" or "*.example.org" to its settings; who comes first keeps the name."""
    from tayori.net.authority import names_of

    chosen: dict[str, Context] = {}
    for made, (file, _) in contexts:
        try:
            for name in names_of(made.certificate):
                chosen.setdefault(name, made)
        except ValueError as cause:
            raise CertificateError(Path(file), f"its names cannot be read: {cause}") from cause
    return chosen


def _choice(by_name: dict[str, Context]) -> Callable[[ssl.SSLObject | ssl.SSLSocket, str | None, ssl.SSLContext], None]:
    """What ssl calls with the name that a client asks for."""

    def choose(tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, first: ssl.SSLContext) -> None:
        asked = (name or "").lower().rstrip(".")
        wanted = by_name.get(asked) or by_name.get(f"*.{asked.partition('.')[2]}")
        if wanted is not None:
            tls.context = wanted

    return choose


# ---- Certificates of our own


def development(folder: Path, hostnames: Sequence[str] = ()) -> Files:
    """A CA that clients can be told to trust, and its certificate for this machine; made once, kept while good.

    The names are localhost, 127.0.0.1, ::1, what this machine calls itself, and `hostnames`. Raises CertificateError.
    """
    files = Files(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")
    names = list(dict.fromkeys((*LOCAL_NAMES, socket.gethostname().lower(), *hostnames)))
    if not good(files, names):
        from tayori.net import authority

        _made(authority.make_ca_and_certificate, files, names)
    return files


def self_signed(folder: Path, hostname: str) -> Files:
    """A certificate that nobody vouches for, for a server that was given none; made once, kept while good.

    Raises CertificateError.
    """
    files = Files(folder / "certificate.pem", folder / "certificate.pem", folder / "key.pem")
    if not good(files, [hostname]):
        from tayori.net import authority

        _made(authority.make_self_signed, files, [hostname])
    return files


def _made(make: Callable[[Files, Sequence[str]], None], files: Files, names: Sequence[str]) -> None:
    try:
        make(files, names)
    except OSError as cause:
        raise CertificateError(files.certificate, f"cannot be made: {cause.strerror}") from cause


def good(files: Files, names: Sequence[str]) -> bool:
    """Whether a client that trusts `files.ca` would talk to every one of `names` today and for a while."""
    try:
        if time.time() - files.certificate.stat().st_mtime > RENEW_AFTER:
            return False
        server = _context_of(files.pair)
        client = ssl.create_default_context(cafile=files.ca)
        return all(_agree(client, server, name) for name in names)
    except (OSError, ssl.SSLError, CertificateError):
        return False


def _agree(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> bool:
    """A handshake in memory (1 ms): OpenSSL itself says whether times, names, chain and key fit."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(back, there, server_hostname=name),
        server.wrap_bio(there, back, server_side=True),
    ]
    for _ in range(3):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                return False
    return ends[0].version() is not None

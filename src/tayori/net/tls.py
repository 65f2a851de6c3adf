"""TLS for one connection as bytes to bytes, over ssl's memory buffers; no socket is known here. RFC 8446, RFC 5246.

The loop's own TLS allocates 256 KiB a connection and cannot drop what is pipelined behind STARTTLS; this layer
keeps nothing of its own between two reads.
"""

import ssl
from collections.abc import Callable
from hashlib import new as new_hash
from typing import cast

from tayori.errors import Gone
from tayori.net.certificates import served

READ_SIZE = 2**16  # octets of plain text taken from ssl at once
WRITE_SIZE = 2**16  # octets given to ssl at once: bounds what it keeps of cipher text


class Tls:
    """The server's (or with `hostname` the client's) side. Feed what came; send what `outgoing` gives."""

    __slots__ = ("_incoming", "_object", "_outgoing", "_read_into", "ended", "ready")

    def __init__(self, context: ssl.SSLContext, hostname: str | None = None, server: bool = True) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=server, server_hostname=hostname)
        self._read_into = cast(Callable[[int, memoryview], int], self._object.read)
        self.ready = False  # the handshake is done
        self.ended = False  # the peer has said that nothing more comes (close_notify)

    def feed(self, chunk: bytes | memoryview) -> None:
        """Take what came; goes on with the handshake. Raises Gone: the handshake failed."""
        self._incoming.write(chunk)
        if not self.ready:
            self.shake()

    def feed_eof(self) -> None:
        self._incoming.write_eof()

    def shake(self) -> None:
        """One step of the handshake. Raises Gone, with ssl's reason as its cause."""
        try:
            self._object.do_handshake()
            self.ready = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLError, ValueError) as cause:
            raise Gone("TLS handshake failed") from cause

    def plain(self, buffer: memoryview) -> bytes:
        """All plain text that can be had now, read by way of `buffer`; b"" for none. Raises Gone: broken."""
        parts: list[bytes] = []
        try:
            while self._incoming.pending or self._object.pending():
                octets = self._read_into(len(buffer), buffer)
                if not octets:
                    self.ended = True
                    break
                parts.append(bytes(buffer[:octets]))
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as cause:
            if not parts:
                raise Gone("TLS ended") from cause
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def cipher(self, plain: bytes) -> bytes:
        """What to send for `plain`. Raises Gone: the session is over."""
        try:
            for start in range(0, len(plain), WRITE_SIZE):
                self._object.write(plain[start : start + WRITE_SIZE] if len(plain) > WRITE_SIZE else plain)
        except ssl.SSLError as cause:
            raise Gone("TLS ended") from cause
        return self._outgoing.read()

    def outgoing(self) -> bytes:
        """What the handshake, or a key update, wants to be sent."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def close(self) -> bytes:
        """The close_notify to send."""
        try:
            self._object.unwrap()
        except ssl.SSLError:
            pass
        return self.outgoing()

    def description(self) -> str:
        """ "TLSv1.3 TLS_AES_256_GCM_SHA384"."""
        cipher = self._object.cipher()
        return f"{self._object.version()} {cipher[0]}" if cipher else ""

    def channel_binding(self, kind: str) -> bytes | None:
        """RFC 5929 section 4 for "tls-server-end-point"; None for what ssl does not give, such as "tls-exporter"."""
        certificate = served(self._object)
        if kind == "tls-server-end-point" and certificate:
            return new_hash(end_point_hash(certificate), certificate).digest()
        return None


def end_point_hash(certificate: bytes) -> str:
    """The hash of the certificate's signature, SHA-256 in place of MD5 and SHA-1. RFC 5929 section 4.1."""
    from cryptography.x509 import load_der_x509_certificate  # the one use: costs 20 ms to import

    algorithm = load_der_x509_certificate(certificate).signature_hash_algorithm
    name = algorithm.name if algorithm else "sha256"
    return "sha256" if name in ("md5", "sha1") else name

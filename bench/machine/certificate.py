"""One certificate for every server: ECDSA P-256, signed by a CA made for the run."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

HOSTNAME = "mail.example.test"


@dataclass(frozen=True)
class Certificate:
    """Files in PEM, and how a client is to check them."""

    chain: Path
    key: Path
    client: ssl.SSLContext


def certificate(directory: Path) -> Certificate:
    """Make a CA and a certificate for HOSTNAME and 127.0.0.1 in `directory`."""
    authority = trustme.CA()
    leaf = authority.issue_cert(HOSTNAME, "127.0.0.1")
    chain, key = directory / "chain.pem", directory / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    key.write_bytes(leaf.private_key_pem.bytes())
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(client)
    return Certificate(chain, key, client)

"""Makes certificates: a CA for development, and self-signed ones; reads the names in any. RFC 5280.

Imported only when needed: it loads `cryptography`.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import idna
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tayori.net.certificates import Files

LIFETIME = timedelta(days=397)  # more than this, and Apple's mail programs refuse it
BEFORE = timedelta(hours=1)  # for clocks that are behind


def make_ca_and_certificate(files: Files, names: Sequence[str]) -> None:
    """Write a new CA and a certificate of it; the CA's key is thrown away: nothing else is ever signed with it."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _name(f"Tayori development CA {os.urandom(3).hex()}")
    authority = _sign(_ca(ca_name, ca_key.public_key(), names), ca_key)
    certificate = _sign(_leaf(ca_name, _name(names[0]), key.public_key(), ca_key.public_key(), names), ca_key)
    _keep(files.key, _pem(key), 0o600)
    _keep(files.certificate, certificate, 0o644)
    _keep(files.ca, authority, 0o644)


def make_self_signed(files: Files, names: Sequence[str]) -> None:
    """Write a certificate that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(names[0])
    _keep(files.key, _pem(key), 0o600)
    _keep(files.certificate, _sign(_leaf(name, name, key.public_key(), key.public_key(), names), key), 0o644)


def names_of(certificate: bytes) -> list[str]:
    """The DNS names (lower case, A-labels, "*." for wildcards) that a DER certificate is for. Raises ValueError."""
    extensions = x509.load_der_x509_certificate(certificate).extensions
    try:
        alternatives = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in alternatives.get_values_for_type(x509.DNSName)]


def _ca(name: x509.Name, key: ec.EllipticCurvePublicKey, names: Sequence[str]) -> x509.CertificateBuilder:
    """Good for `names` alone: trusting it opens nothing else."""
    return (
        _blank(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.NameConstraints([_subtree(one) for one in names], None), critical=True)
    )


def _leaf(
    issuer: x509.Name,
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    names: Sequence[str],
) -> x509.CertificateBuilder:
    return (
        _blank(issuer, subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_alternative(one) for one in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _blank(issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now - BEFORE + LIFETIME)
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])  # 64: RFC 5280 appendix A.1


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(_a_labels(name))


def _subtree(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_network(name))
    except ValueError:
        return x509.DNSName(_a_labels(name))


def _a_labels(name: str) -> str:
    """A host may be called what no IDNA allows ("build_1"): ASCII stays as it is."""
    return name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> bytes:
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _keep(file: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by more than `mode` says."""
    if not file.parent.is_dir():
        file.parent.mkdir(parents=True, mode=0o700)
        _give(file.parent)
    half = file.with_name(f".{file.name}.{os.getpid()}")
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as out:
        out.write(content)
    _give(half)
    os.replace(half, file)


def _give(path: Path) -> None:
    """What root makes, before it becomes who DATA belongs to, belongs to the same."""
    if os.geteuid() == 0:
        around = path.parent.stat()
        os.chown(path, around.st_uid, around.st_gid)

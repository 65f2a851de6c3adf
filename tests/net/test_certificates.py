"""net/certificates.py: what is served for which name, what is made, and what is said of files that do not fit."""

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from aids.clients import need_root
from tayori.net import certificates
from tayori.net.certificates import CertificateError, Pair


def pair(folder: Path, authority: trustme.CA, *names: str) -> Pair:
    folder.mkdir()
    made = authority.issue_cert(*names)
    made.private_key_pem.write_to_path(folder / "key.pem")
    made.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    return Pair(folder / "certificate.pem", folder / "key.pem")


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends after a handshake in memory."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(back, there, server_hostname=name)
    serving = server.wrap_bio(there, back, server_side=True)
    for _ in range(3):
        for end in (asking, serving):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
    return asking, serving


def trusting_nobody() -> ssl.SSLContext:
    client = ssl.create_default_context()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    return client


def shown(server: ssl.SSLContext, name: str | None) -> bytes | None:
    return shake(server, trusting_nobody(), name)[0].getpeercert(binary_form=True)


def der(one: Pair) -> bytes:
    return ssl.PEM_cert_to_DER_cert(one.certificate.read_text())


@pytest.fixture
def pairs(tmp_path: Path) -> list[Pair]:
    authority = trustme.CA()
    return [
        pair(tmp_path / "first", authority, "mail.example.org"),
        pair(tmp_path / "second", authority, "mail.example.net", "*.example.com"),
    ]


@pytest.mark.parametrize(
    ("asked", "which"),
    [
        ("mail.example.org", 0),
        ("mail.example.net", 1),
        ("MAIL.Example.NET", 1),
        ("imap.example.com", 1),
        ("a.b.example.com", 0),
        ("example.com", 0),
        ("unheard.of", 0),
        (None, 0),
    ],
)
def test_a_client_gets_the_certificate_for_the_name_it_asks_for(
    pairs: list[Pair], asked: str | None, which: int
) -> None:
    assert shown(certificates.context(pairs), asked) == der(pairs[which])


def test_the_certificate_that_was_shown_is_known_for_channel_binding(pairs: list[Pair]) -> None:
    _, serving = shake(certificates.context(pairs), trusting_nobody(), "mail.example.net")
    assert certificates.served(serving) == der(pairs[1])


def test_nothing_older_than_tls_1_2_is_spoken(pairs: list[Pair]) -> None:
    assert certificates.context(pairs).minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_client_of_tls_1_2_is_served_with_forward_secrecy(pairs: list[Pair]) -> None:
    client = trusting_nobody()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    cipher = shake(certificates.context(pairs), client, None)[0].cipher()
    assert cipher is not None
    assert cipher[0].startswith("ECDHE-")


def test_a_missing_file_is_named(pairs: list[Pair]) -> None:
    pairs[0].key.unlink()
    with pytest.raises(CertificateError, match=r"first/key\.pem: No such file"):
        certificates.context(pairs)


def test_a_key_of_another_certificate_is_named(pairs: list[Pair]) -> None:
    with pytest.raises(CertificateError, match=r"second/key\.pem: is not the key of .*first/certificate\.pem"):
        certificates.context([Pair(pairs[0].certificate, pairs[1].key)])


def test_files_in_the_wrong_order_are_told(pairs: list[Pair]) -> None:
    with pytest.raises(CertificateError, match=r"key\.pem: holds no certificate"):
        certificates.context([Pair(pairs[0].key, pairs[0].certificate)])


def test_a_damaged_certificate_is_named(pairs: list[Pair]) -> None:
    pairs[0].certificate.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(CertificateError, match=r"first/certificate\.pem: cannot be used"):
        certificates.context(pairs)


def test_an_encrypted_key_is_refused_and_nobody_is_asked(pairs: list[Pair]) -> None:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(pairs[0].key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"secret")
    pairs[0].key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
    with pytest.raises(CertificateError, match="is encrypted"):
        certificates.context(pairs)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "box.example.org"])
def test_a_client_that_trusts_the_development_ca_accepts_every_local_name(tmp_path: Path, name: str) -> None:
    files = certificates.development(tmp_path, ["box.example.org"])
    client = ssl.create_default_context(cafile=files.ca)
    assert shake(certificates.context([files.pair]), client, name)[0].version() == "TLSv1.3"


def test_the_development_ca_vouches_for_no_other_name(tmp_path: Path) -> None:
    files = certificates.development(tmp_path)
    client = ssl.create_default_context(cafile=files.ca)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(certificates.context([files.pair]), client, "bank.example")


def test_certificates_are_made_once(tmp_path: Path) -> None:
    first = certificates.development(tmp_path).certificate.read_bytes()
    assert certificates.development(tmp_path).certificate.read_bytes() == first


def test_a_new_name_makes_a_new_certificate(tmp_path: Path) -> None:
    first = certificates.development(tmp_path).certificate.read_bytes()
    assert certificates.development(tmp_path, ["new.example.org"]).certificate.read_bytes() != first


def test_a_certificate_without_its_key_is_made_anew(tmp_path: Path) -> None:
    files = certificates.self_signed(tmp_path, "mail.example.org")
    files.key.unlink()
    certificates.self_signed(tmp_path, "mail.example.org")
    assert shown(certificates.context([files.pair]), None) == der(files.pair)


def test_a_self_signed_certificate_names_its_host(tmp_path: Path) -> None:
    files = certificates.self_signed(tmp_path, "mail.example.org")
    client = ssl.create_default_context(cafile=files.ca)
    assert shake(certificates.context([files.pair]), client, "mail.example.org")[0].version()


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = [certificates.development(tmp_path / "a").key, certificates.self_signed(tmp_path / "b", "a.example").key]
    assert {file.stat().st_mode & 0o777 for file in made} == {0o600}


@pytest.mark.root
def test_what_root_makes_in_anothers_folder_is_the_others(tmp_path: Path) -> None:
    need_root()
    os.chown(tmp_path, 12345, 12346)
    made = certificates.self_signed(tmp_path / "tls", "mail.example.org")
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (made.key, made.certificate, made.key.parent)} == {
        (12345, 12346)
    }


def test_a_place_where_nothing_can_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CertificateError, match=r"file/tls/certificate\.pem: cannot be made: Not a directory"):
        certificates.self_signed(tmp_path / "file" / "tls", "mail.example.org")


def test_one_certificate_that_is_there_costs_no_import_of_cryptography(tmp_path: Path) -> None:
    certificates.development(tmp_path)
    program = f"""
import sys
from pathlib import Path
from tayori.net import certificates
certificates.context([certificates.development(Path({str(tmp_path)!r})).pair])
print("cryptography" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"

"""RFC 9106, RFC 5802, RFC 5803."""

from base64 import b64decode

import pytest

from tayori.directory import passwords
from tayori.errors import CannotDo
from tayori.sasl.prepare import MAX_CREDENTIAL

NAME = "SCRAM-SHA-256"


def test_a_password_is_kept_as_argon2id_and_as_scram_keys() -> None:
    kept = passwords.credentials("wonder land")
    assert kept["argon2id"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept[NAME].startswith("SCRAM-SHA-256$16384:")
    assert "wonder" not in "".join(kept.values())


def test_the_right_password_is_verified_and_no_other() -> None:
    hashed = passwords.argon2("wonder land")
    assert [passwords.verified(hashed, said) for said in ("wonder land", "wonder", "")] == [True, False, False]


def test_what_is_no_hash_verifies_nothing() -> None:
    assert not passwords.verified("", "wonder land")


def test_the_same_password_is_never_kept_twice_the_same() -> None:
    assert passwords.credentials("wonder land") != passwords.credentials("wonder land")


def test_accents_may_come_in_either_form() -> None:
    kept = passwords.credentials("wo\N{COMBINING DIAERESIS}nder")
    assert passwords.verified(kept["argon2id"], "wönder")


# RFC 7677 section 3, computed from its salt and password
def test_scram_keys_are_those_of_the_rfc() -> None:
    keys = passwords.scram(NAME, "pencil", b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    assert keys.stored_key == b64decode("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=")
    assert keys.server_key == b64decode("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")


def test_scram_keys_come_back_from_their_text() -> None:
    keys = passwords.scram(NAME, "pencil", b"salt")
    assert passwords.scram_keys(passwords.scram_text(NAME, keys)) == keys


def test_made_up_keys_are_the_same_each_time_and_differ_between_logins() -> None:
    alice, bob = (passwords.made_up_keys(NAME, login, b"secret") for login in ("alice", "bob"))
    assert passwords.made_up_keys(NAME, "alice", b"secret") == alice
    assert alice.salt != bob.salt


def test_made_up_keys_look_like_others() -> None:
    made_up, kept = passwords.made_up_keys(NAME, "x", b"secret"), passwords.scram(NAME, "pencil", b"s" * passwords.SALT)
    assert made_up.iterations == kept.iterations
    assert list(map(len, (made_up.salt, made_up.stored_key))) == list(map(len, (kept.salt, kept.stored_key)))


def test_the_hash_of_nobody_costs_the_same_and_has_no_password() -> None:
    nobody = passwords.argon2_of_nobody()
    assert nobody.split("$")[:4] == passwords.argon2("x").split("$")[:4]
    assert len(nobody) == len(passwords.argon2("x"))
    assert not passwords.verified(nobody, "x")


@pytest.mark.parametrize("password", ["", "a\0b", "a\nb", "x" * (MAX_CREDENTIAL + 1), "\udcff"])
def test_what_no_client_could_send_is_no_password(password: str) -> None:
    with pytest.raises(CannotDo):
        passwords.credentials(password)

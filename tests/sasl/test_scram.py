"""RFC 5802, RFC 7677."""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import pbkdf2_hmac, sha256
from hmac import digest

import pytest

from aids.channel import ScriptedChannel, tried
from aids.directory import MemoryDirectory
from aids.peer import ScriptedPeer
from tayori.errors import LoginFailed, ProtocolError
from tayori.model import Identity
from tayori.sasl import scram, scram_plus

ALICE = "alice@example.org"
BINDINGS = {"tls-exporter": b"\x01\x02", "tls-server-end-point": b"\x03"}
NONCE = b"of-the-client"


@dataclass
class Client:
    """The other side, as RFC 5802 section 5 tells it; its answers depend on what it is asked."""

    password: str = "wonderland"
    header: bytes = b"n,,"
    user: bytes = ALICE.encode()
    binding: bytes = b""
    last: bytes = b""  # its answer to the server's signature
    asked: list[bytes] = field(default_factory=list)
    nonce_back: bytes | None = None
    proof: bytes | None = None

    def has_first(self) -> bool:
        return True

    async def first(self) -> bytes:
        self.bare = b"n=%b,r=%b" % (self.user, NONCE)
        return self.header + self.bare

    async def ask(self, challenge: bytes) -> bytes:
        self.asked.append(challenge)
        return self.final(challenge) if len(self.asked) == 1 else self.last

    def final(self, challenge: bytes) -> bytes:
        nonce, salt, iterations = (part[2:] for part in challenge.split(b","))
        salted = pbkdf2_hmac("sha256", self.password.encode(), b64decode(salt), int(iterations))
        without = b"c=%b,r=%b" % (b64encode(self.header + self.binding), self.nonce_back or nonce)
        said = b"%b,%b,%b" % (self.bare, challenge, without)
        key = digest(salted, b"Client Key", "sha256")
        signature = digest(sha256(key).digest(), said, "sha256")
        self.expected = digest(digest(salted, b"Server Key", "sha256"), said, "sha256")
        proof = bytes(ours ^ theirs for ours, theirs in zip(key, signature, strict=True))
        return without + b",p=" + (self.proof or b64encode(proof))


def logged_in(client: Client, *offered: str, plus: bool = False) -> tuple[Identity, MemoryDirectory]:
    directory = MemoryDirectory({ALICE: "wonderland", "a,b=c@example.org": "wonderland"})
    mechanism = scram_plus.MECHANISM if plus else scram.MECHANISM
    peer = ScriptedPeer(secure=True, bindings=BINDINGS)
    return tried(mechanism, client, directory, peer, offered), directory


def test_the_example_of_rfc_7677_is_answered_to_the_octet() -> None:
    directory = MemoryDirectory({"user": "pencil"}, salt=b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    directory.nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    nonce = b"rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    final = b"c=biws,r=" + nonce + b",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    channel = ScriptedChannel([final, b""], initial=b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    assert tried(scram.MECHANISM, channel, directory).login == "user"
    assert channel.asked == [
        b"r=" + nonce + b",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ]


def test_both_sides_prove_that_they_know_the_password() -> None:
    client = Client()
    identity, directory = logged_in(client)
    assert identity.account == ALICE
    assert client.asked[1] == b"v=" + b64encode(client.expected)
    assert directory.proofs == [(ALICE, True)]


def test_a_wrong_password_is_refused_and_counted() -> None:
    directory = MemoryDirectory({ALICE: "wonderland"})
    with pytest.raises(LoginFailed):
        tried(scram.MECHANISM, Client("wrong"), directory)
    assert directory.proofs == [(ALICE, False)]


def test_commas_and_equals_signs_in_a_name_are_escaped() -> None:
    assert logged_in(Client(user=b"a=2Cb=3Dc@example.org"))[0].account == "a,b=c@example.org"


@pytest.mark.parametrize("header", [b"n,a=alice@example.org,", b"y,,"])
def test_a_client_may_name_itself_and_may_be_able_to_bind(header: bytes) -> None:
    assert logged_in(Client(header=header))[0].account == ALICE


def test_nobody_acts_for_another() -> None:
    with pytest.raises(LoginFailed):
        logged_in(Client(header=b"n,a=bob@example.org,"))


def test_a_client_that_was_not_shown_the_binding_that_we_offer_is_warned() -> None:
    with pytest.raises(LoginFailed, match="hid it"):
        logged_in(Client(header=b"y,,"), "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")


@pytest.mark.parametrize("kind", BINDINGS)
def test_plus_binds_to_the_channel(kind: str) -> None:
    client = Client(header=b"p=%b,," % kind.encode(), binding=BINDINGS[kind])
    assert logged_in(client, plus=True)[0].account == ALICE


def test_plus_refuses_who_has_another_channel() -> None:
    with pytest.raises(LoginFailed):
        logged_in(Client(header=b"p=tls-exporter,,", binding=b"somebody between"), plus=True)


@pytest.mark.parametrize("header", [b"n,,", b"y,,", b"p=tls-unique,,"])
def test_plus_wants_a_binding_that_is_there(header: bytes) -> None:
    with pytest.raises(ProtocolError):
        logged_in(Client(header=header), plus=True)


def test_scram_without_plus_takes_no_binding() -> None:
    with pytest.raises(ProtocolError):
        logged_in(Client(header=b"p=tls-exporter,,", binding=BINDINGS["tls-exporter"]))


@pytest.mark.parametrize(
    "client",
    [
        Client(user=b"a=b"),
        Client(user=b"a=2cb"),
        Client(header=b"n,"),
        Client(header=b"n,,m=must-know,"),
        Client(nonce_back=b"other"),
        Client(proof=b"!"),
        Client(proof=b"AA=="),
        Client(last=b"more"),
    ],
    ids=["equals", "lower-case", "header", "mandatory", "nonce", "base64", "short", "last"],
)
def test_what_is_no_scram_is_refused(client: Client) -> None:
    with pytest.raises((ProtocolError, LoginFailed)):
        logged_in(client)


def test_a_final_message_that_is_none_is_refused() -> None:
    channel = ScriptedChannel([b"p=AA=="], initial=b"n,,n=alice@example.org,r=x")
    with pytest.raises(ProtocolError):
        tried(scram.MECHANISM, channel, MemoryDirectory())


def test_only_plus_needs_tls() -> None:
    assert (scram.MECHANISM.needs_tls, scram_plus.MECHANISM.needs_tls) == (False, True)

"""RFC 7628, and XOAUTH2 before it."""

import pytest

from aids.channel import ScriptedChannel, tried
from aids.directory import MemoryDirectory
from tayori.errors import LoginFailed, ProtocolError
from tayori.sasl import oauthbearer, xoauth2
from tayori.sasl.mechanism import Mechanism

DIRECTORY = MemoryDirectory({"alice@example.org": "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="})
TOKEN = b"vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
BEARER = b"n,a=alice@example.org,\x01host=mail.example.org\x01port=993\x01auth=Bearer %b\x01\x01"
OLDER = b"user=alice@example.org\x01auth=Bearer %b\x01\x01"
BOTH = pytest.mark.parametrize(
    ("mechanism", "message"), [(oauthbearer.MECHANISM, BEARER), (xoauth2.MECHANISM, OLDER)], ids=["new", "old"]
)


@BOTH
def test_a_token_is_checked(mechanism: Mechanism, message: bytes) -> None:
    assert tried(mechanism, ScriptedChannel(initial=message % TOKEN), DIRECTORY).account == "alice@example.org"


@BOTH
def test_a_wrong_token_is_told_in_json_and_then_refused(mechanism: Mechanism, message: bytes) -> None:
    channel = ScriptedChannel([b"\x01"], initial=message % b"wrong")
    with pytest.raises(LoginFailed):
        tried(mechanism, channel, DIRECTORY)
    assert channel.asked == [b'{"status":"invalid_token","schemes":"bearer"}']


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"n,,\x01\x01",
        b"n,a=alice@example.org,\x01auth=Basic QQ==\x01\x01",
        b"n,a=alice@example.org,\x01auth=Bearer \x01\x01",
        b"auth=Bearer x\x01\x01",
        b"user=\x01auth=Bearer x\x01\x01",
        b"user=alice@example.org\x01auth=Bearer x",
    ],
)
@pytest.mark.parametrize("mechanism", [oauthbearer.MECHANISM, xoauth2.MECHANISM], ids=["new", "old"])
def test_what_is_no_token_is_refused(mechanism: Mechanism, message: bytes) -> None:
    with pytest.raises(ProtocolError):
        tried(mechanism, ScriptedChannel(initial=message), DIRECTORY)


@BOTH
def test_a_token_must_not_be_shown_to_the_wire(mechanism: Mechanism, message: bytes) -> None:
    assert mechanism.plaintext

"""OAUTHBEARER: a token instead of a password. RFC 7628."""

import re

from tayori.errors import LoginFailed, ProtocolError
from tayori.model import Identity
from tayori.sasl.mechanism import Attempt, Mechanism
from tayori.sasl.prepare import text

# RFC 7628 section 3.1: GS2 header, then key=value pairs, each with a ^A behind it.
_MESSAGE = re.compile(rb"(?:n|y|p=[^,]+),(?:a=(?P<login>[^,]*))?,\x01(?P<pairs>(?:[A-Za-z]+=[^\x01]*\x01)*)\x01")
_BEARER = re.compile(rb"(?:^|\x01)auth=Bearer +([A-Za-z0-9._~+/-]+=*)\x01", re.IGNORECASE)

REFUSED = b'{"status":"invalid_token","schemes":"bearer"}'


async def oauthbearer(attempt: Attempt) -> Identity:
    """A refusal is told in JSON, which the client answers with ^A. Raises LoginFailed, ProtocolError, TryLater."""
    message = _MESSAGE.fullmatch(await attempt.channel.first())
    bearer = _BEARER.search(message["pairs"]) if message else None
    if message is None or bearer is None:
        raise ProtocolError("OAUTHBEARER wants a login and a bearer token")
    login = text((message["login"] or b"").replace(b"=2C", b",").replace(b"=3D", b"="))
    return await checked(attempt, login, bearer[1].decode())


async def checked(attempt: Attempt, login: str, token: str) -> Identity:
    """What XOAUTH2 has in common with it. Raises LoginFailed, TryLater."""
    try:
        return await attempt.directory.token(login, token, attempt.origin)
    except LoginFailed:
        await attempt.channel.ask(REFUSED)
        raise


MECHANISM = Mechanism("OAUTHBEARER", oauthbearer, plaintext=True)

"""XOAUTH2: the older form of OAUTHBEARER that most clients speak. Google's and Microsoft's documents tell of it."""

import re

from tayori.errors import ProtocolError
from tayori.model import Identity
from tayori.sasl.mechanism import Attempt, Mechanism
from tayori.sasl.oauthbearer import checked
from tayori.sasl.prepare import text

_MESSAGE = re.compile(rb"user=([^\x01]+)\x01auth=Bearer ([A-Za-z0-9._~+/-]+=*)\x01\x01", re.IGNORECASE)


async def xoauth2(attempt: Attempt) -> Identity:
    """b"user=alice@example.org ^A auth=Bearer token ^A ^A". Raises LoginFailed, ProtocolError, TryLater."""
    message = _MESSAGE.fullmatch(await attempt.channel.first())
    if message is None:
        raise ProtocolError("XOAUTH2 wants a user and a bearer token")
    return await checked(attempt, text(message[1]), message[2].decode())


MECHANISM = Mechanism("XOAUTH2", xoauth2, plaintext=True)

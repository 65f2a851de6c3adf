"""PLAIN: authorization identity, login and password in one response. RFC 4616."""

from tayori.errors import LoginFailed, ProtocolError
from tayori.model import Identity
from tayori.sasl.mechanism import Attempt, Mechanism
from tayori.sasl.prepare import text


async def plain(attempt: Attempt) -> Identity:
    """b"authzid NUL authcid NUL password". Raises ProtocolError, LoginFailed. RFC 4616 section 2."""
    parts = (await attempt.channel.first()).split(b"\0")
    if len(parts) != 3:
        raise ProtocolError("PLAIN wants authzid NUL authcid NUL password")
    authorize, login, password = (text(part) for part in parts)
    if not login or not password:
        raise LoginFailed("Authentication failed")
    return await attempt.directory.log_in(login, password, attempt.origin, authorize)


MECHANISM = Mechanism("PLAIN", plain, plaintext=True)

"""LOGIN: the obsolete two questions that many clients still answer. draft-murchison-sasl-login."""

from tayori.errors import LoginFailed
from tayori.model import Identity
from tayori.sasl.mechanism import Attempt, Mechanism
from tayori.sasl.prepare import text


async def login(attempt: Attempt) -> Identity:
    """The login may come with the command. Raises LoginFailed."""
    channel = attempt.channel
    name = text(await channel.first() if channel.has_first() else await channel.ask(b"Username:"))
    password = text(await channel.ask(b"Password:"))
    if not name or not password:
        raise LoginFailed("Authentication failed")
    return await attempt.directory.log_in(name, password, attempt.origin)


MECHANISM = Mechanism("LOGIN", login, plaintext=True)

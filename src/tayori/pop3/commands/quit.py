"""QUIT: what was deleted goes now, in one step, and the conversation ends. RFC 1939 sections 4 and 6."""

from tayori.pop3 import grammar, reply
from tayori.pop3.session import ANY, Session, State, Verb


async def quit_session(session: Session, argument: bytes) -> None:
    """Ends it even if the messages could not be removed. Raises InUse, TryLater."""
    grammar.nothing(argument)
    session.closing = True
    if session.state is State.TRANSACTION:
        await session.maildrop.remove()
    session.write(reply.ok("Good bye"))


VERB = Verb(b"QUIT", quit_session, ANY)

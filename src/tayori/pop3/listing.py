"""The answers that LIST and UIDL have in common: a line a message, or one message's. RFC 1939 sections 5 and 7."""

from collections.abc import Callable
from itertools import islice

from tayori.pop3 import engine, grammar, reply
from tayori.pop3.session import Session


async def answer(session: Session, argument: bytes, of: Callable[[int], str]) -> None:
    """`of(number)` is what is told of a message. Raises NoSuchMessage, ProtocolError."""
    if argument.strip():
        number = session.maildrop.check(grammar.number(argument))
        session.write(reply.ok(f"{number} {of(number)}"))
        return
    count, _ = session.maildrop.total()
    session.write(reply.ok(f"{count} messages"))
    numbers = session.maildrop.numbers()
    while lines := [f"{number} {of(number)}\r\n" for number in islice(numbers, engine.LINES)]:
        session.write("".join(lines).encode())
        await session.room()
    session.write(reply.END)

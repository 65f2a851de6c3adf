"""NOOP and CHECK: the news is told as after every command. RFC 3501 sections 6.1.2 and 6.4.1."""

from tayori.imap.grammar import Arguments
from tayori.imap.offer import ANY, State, Verb
from tayori.imap.session import Session


async def noop(session: Session, arguments: Arguments) -> None:
    arguments.end()


VERBS = (Verb(b"NOOP", noop, ANY), Verb(b"CHECK", noop, State.SELECTED))

"""UTF8: names, passwords and messages may hold UTF-8. RFC 6856 section 2.

Messages go out as they lie on the disk, UTF-8 or not; what the command changes is what the client is prepared for.
"""

from tayori.pop3 import grammar, reply
from tayori.pop3.session import BEFORE_LOGIN, Extension, Session, Verb


async def utf8(session: Session, argument: bytes) -> None:
    grammar.nothing(argument)
    session.write(reply.OK)


EXTENSION = Extension("6856", lambda session: b"UTF8 USER", (Verb(b"UTF8", utf8, BEFORE_LOGIN),))

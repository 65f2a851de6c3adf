"""ENABLE: extensions that change what the server says unasked. RFC 5161."""

from tayori.errors import ProtocolError
from tayori.imap.grammar import Arguments
from tayori.imap.offer import LOGGED_IN, Extension, Verb
from tayori.imap.session import Session


async def enable(session: Session, arguments: Arguments) -> None:
    """What is not known, or needs no enabling, is passed over. RFC 5161 section 3.1.

    What was enabled before, or came with another command as CONDSTORE does, is told too: else who asks would believe
    that it is not.
    """
    names = []
    while arguments.skip(b" "):
        names.append(arguments.word())
    arguments.end()
    if not names:
        raise ProtocolError("At least one capability is expected")
    for name in names:
        session.enable(name)
    can_be = {one.capability.upper(): one.capability for one in session.offer.extensions if one.enable}
    enabled = [can_be[name] for name in dict.fromkeys(names) if name in can_be]
    session.write(b"* ENABLED%b\r\n" % b"".join(b" " + capability for capability in enabled))


EXTENSION = Extension(rfc="5161", capability=b"ENABLE", verbs=(Verb(b"ENABLE", enable, LOGGED_IN),))

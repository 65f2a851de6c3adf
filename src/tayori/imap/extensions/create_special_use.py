"""CREATE-SPECIAL-USE: a new mailbox may be given a use. RFC 6154 section 3."""

from tayori.errors import UnknownUse
from tayori.imap.grammar import Arguments
from tayori.imap.offer import Extension
from tayori.model import SPECIAL_USES

_USES = {use.lower(): use for use in SPECIAL_USES.values()}


def _use(arguments: Arguments) -> str:
    """(USE (\\\\Sent)). Raises UnknownUse: several, or one that is not given here."""
    arguments.space()
    uses = arguments.list_of(arguments.attribute)
    if len(uses) != 1 or uses[0].lower() not in _USES:
        raise UnknownUse("A mailbox may have one of the uses " + " ".join(SPECIAL_USES.values()))
    return _USES[uses[0].lower()]


EXTENSION = Extension(rfc="6154", capability=b"CREATE-SPECIAL-USE", create={b"USE": _use})

"""METADATA-SERVER: what is noted of the server alone, where METADATA is not offered. RFC 5464 section 1."""

from tayori.imap.annotations import OF_MAILBOXES, VERBS
from tayori.imap.offer import Extension
from tayori.imap.settings import Settings


def _shown(settings: Settings, _: bool) -> bool:
    """METADATA says it all."""
    return OF_MAILBOXES.decode("ascii") in settings.without


EXTENSION = Extension(rfc="5464", capability=b"METADATA-SERVER", shown=_shown, verbs=VERBS)

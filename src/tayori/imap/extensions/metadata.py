"""METADATA: what is noted of mailboxes and of the server. RFC 5464."""

from tayori.imap.annotations import OF_MAILBOXES, VERBS
from tayori.imap.offer import Extension

EXTENSION = Extension(rfc="5464", capability=OF_MAILBOXES, verbs=VERBS)

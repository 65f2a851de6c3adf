"""THREAD=ORDEREDSUBJECT: threads by base subject and date. RFC 5256 section 3."""

from tayori.imap import threads
from tayori.imap.offer import Extension, after_login
from tayori.imap.threading_verbs import VERBS

EXTENSION = Extension(
    rfc="5256",
    capability=b"THREAD=ORDEREDSUBJECT",
    shown=after_login,
    verbs=VERBS,
    threads={b"ORDEREDSUBJECT": threads.ORDERED_SUBJECT},
)

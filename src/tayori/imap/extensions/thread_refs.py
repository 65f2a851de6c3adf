"""THREAD=REFS: threads by References alone, the newest thread last. draft-ietf-morg-inthread."""

from tayori.imap import threads
from tayori.imap.offer import Extension, after_login
from tayori.imap.threading_verbs import VERBS

EXTENSION = Extension(
    rfc="5256", capability=b"THREAD=REFS", shown=after_login, verbs=VERBS, threads={b"REFS": threads.REFS}
)

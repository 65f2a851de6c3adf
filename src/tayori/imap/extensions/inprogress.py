"""INPROGRESS: a command that takes long says so, every ten seconds (progress.py). RFC 9585."""

from tayori.imap.offer import Extension

EXTENSION = Extension(rfc="9585", capability=b"INPROGRESS")

"""MULTIAPPEND: several messages in one APPEND, all of them or none; commands/append.py takes them. RFC 3502."""

from tayori.imap.commands.append import SEVERAL
from tayori.imap.offer import Extension

EXTENSION = Extension(rfc="3502", capability=SEVERAL)

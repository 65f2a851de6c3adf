"""SAVELIMIT: how many messages one command saves, where nothing else is limited. RFC 9738 section 3."""

from tayori.imap.offer import Extension

EXTENSION = Extension(
    rfc="9738",
    capability=b"SAVELIMIT",
    shown=lambda settings, logged_in: logged_in and settings.save_limit > 0 and not settings.message_limit,
    value=lambda settings: b"=%d" % settings.save_limit,
)

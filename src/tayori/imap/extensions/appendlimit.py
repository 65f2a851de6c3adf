"""APPENDLIMIT: how large a message may be, told beforehand. RFC 7889."""

from tayori.imap.offer import Extension

EXTENSION = Extension(
    rfc="7889",
    capability=b"APPENDLIMIT",
    value=lambda settings: b"=%d" % settings.message,
    status={b"APPENDLIMIT": lambda _, settings: b"APPENDLIMIT %d" % settings.message},
)

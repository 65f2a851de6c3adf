"""LIMITS: how many recipients a message may have, told ahead. RFC 9422."""

from tayori.smtp.session import Extension

EXTENSION = Extension("9422", lambda session: b"LIMITS RCPTMAX=%d" % session.settings.recipients)

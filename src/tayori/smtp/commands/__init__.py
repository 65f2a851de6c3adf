"""The verbs of RFC 5321; each module defines VERBS."""

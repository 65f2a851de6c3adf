"""SASL mechanisms, one a file; each defines MECHANISM. RFC 4422."""

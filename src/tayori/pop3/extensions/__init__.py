"""The capabilities of RFC 2449 section 6, a CAPA tag per file: `ls` is what CAPA answers."""

"""Tayori beside Postfix + Dovecot: the same load, the same file system, one run. `python -m bench`."""

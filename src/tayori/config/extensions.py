"""The names that `[imap] without` may have: what the folder of extensions offers."""

from tayori.config import values
from tayori.config.problem import nearest
from tayori.config.values import Context
from tayori.imap.offer import offer


def imap_extension(value: object, context: Context) -> str:
    """ "idle" gives "IDLE", as CAPABILITY lists it, in upper case. Raises ValueError: nothing is called so."""
    name = values.text(value, context).upper()
    known = sorted(capability.decode("ascii").upper() for capability in offer(frozenset()).names)
    if name in known:
        return name
    raise ValueError(f"{value!r} is no extension of IMAP here{nearest(name, known)}")

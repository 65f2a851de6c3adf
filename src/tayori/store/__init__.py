"""Everybody's mail on disk: catalogs, Maildirs, and what keeps them together. DESIGN section 5."""

from tayori.store.keeper import Keeper
from tayori.store.store import Store

__all__ = ["Keeper", "Store"]

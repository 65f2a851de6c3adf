"""Who is here: domains, accounts, aliases, passwords, in DATA/system.db."""

from tayori.directory.house import Directory
from tayori.directory.open_house import OpenHouse

__all__ = ["Directory", "OpenHouse"]

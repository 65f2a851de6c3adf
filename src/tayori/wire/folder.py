"""Being in the folder is being in the server: the constants of one name that a package's modules define."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def members(package: ModuleType, name: str, kind: type[T]) -> Iterator[T]:
    """`package`'s modules in alphabetical order, each one's constant `name`, if it has it and it is a `kind`."""
    for module in sorted(iter_modules(package.__path__), key=lambda found: found.name):
        member = getattr(import_module(f"{package.__name__}.{module.name}"), name, None)
        if isinstance(member, kind):
            yield member

"""Recipients that are answered each for itself, and what becomes of a message's stores so. RFC 2033 section 4.2.

Law: a recipient is served whole or not at all, and what leads only from those who were told no is not kept: they may
be sent it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tayori.delivery import decide
from tayori.errors import Refusal
from tayori.model import Action, Store


@dataclass(slots=True)
class Recipients:
    """Known by their place in the envelope, as stores are by theirs in `stores`."""

    stores: list[Store] = field(default_factory=list)
    refused: dict[int, Refusal] = field(default_factory=dict)
    _leads: dict[int, list[int]] = field(default_factory=dict)  # each recipient's stores
    _numbers: dict[object, int] = field(default_factory=dict)  # of stores

    def add(self, recipient: int, plan: Iterable[Action]) -> None:
        """What would become of the message for it; a store to which others lead too is still one."""
        self._leads[recipient] = [self._number(action) for action in plan if isinstance(action, Store)]

    def deny(self, objections: Mapping[int, Refusal]) -> set[int]:
        """These stores came to nothing, so those who lead there are refused; the stores of all the others."""
        for recipient, stores in self._leads.items():
            for store in stores:
                if store in objections:
                    self.refused[recipient] = objections[store]
        return {each for recipient, stores in self._leads.items() if recipient not in self.refused for each in stores}

    def _number(self, store: Store) -> int:
        number = self._numbers.setdefault(decide.destination(store), len(self.stores))
        if number == len(self.stores):
            self.stores.append(store)
        return number

"""The keeper's work: the mirror follows the catalogs, expunged files go, logs are checkpointed. DESIGN section 4."""

from tayori.store.store import Store


class Keeper:
    """One in a server; `step` is called again and again, about once a second."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def step(self) -> None:
        """Bring every account's Maildir up to date that has changed since the last step."""

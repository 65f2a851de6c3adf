"""One message's way through a session, from MAIL to its acceptance. RFC 5321 section 3.3.

Law: of a message that is refused, is cut short or goes past the limit nothing stays; octets that come behind a refusal
are swallowed, and the first refusal is the one that is said.
"""

from collections.abc import Mapping

from tayori.errors import Refusal, TooLarge
from tayori.model import Envelope, Origin, Receipt
from tayori.ports import Draft, Intake


class Transaction:
    """The envelope, and the draft once the text begins."""

    __slots__ = ("_draft", "_limit", "_octets", "envelope", "origin", "refusal", "size")

    def __init__(self, envelope: Envelope, origin: Origin, limit: int) -> None:
        self.envelope = envelope
        self.origin = origin
        self.size = 0  # as declared with SIZE, RFC 1870
        self._limit = limit
        self._octets = 0
        self._draft: Draft | None = None
        self.refusal: Refusal | None = None  # why nothing of it is kept

    @property
    def begun(self) -> bool:
        """Text was announced: with BDAT there may be more of it."""
        return self._draft is not None or self.refusal is not None

    async def begin(self, intake: Intake) -> None:
        """Raises NoSpace, TryLater."""
        self._draft = await intake.message(self.envelope, self.origin, self.size)

    def expect(self, octets: int) -> None:
        """So many more are announced: past the limit none of them is kept."""
        if self._octets + octets > self._limit:
            self.refuse(too_large(self._limit))

    async def take(self, chunk: bytes) -> None:
        """The next octets; what is wrong with them is said by `commit`."""
        self._octets += len(chunk)
        if self._draft is None:
            return
        if self._octets > self._limit:
            self.refuse(too_large(self._limit))
            return
        try:
            await self._draft.write(chunk)
        except Refusal as refusal:
            self.refuse(refusal)

    def refuse(self, refusal: Refusal) -> None:
        """Keep nothing of it; the first refusal stands."""
        self.refusal = self.refusal or refusal
        self.discard()

    async def commit(self) -> Receipt:
        """Raises what `take` or `refuse` kept, or what Draft.commit raises."""
        if self.refusal is not None:
            raise self.refusal
        assert self._draft is not None, "begin comes first"
        return await self._draft.commit()

    @property
    def refused(self) -> Mapping[int, Refusal]:
        """After `commit`, as Draft.refused says."""
        assert self._draft is not None, "commit comes first"
        return self._draft.refused

    def discard(self) -> None:
        """Forget the text. May be said at any time and again."""
        if self._draft is not None:
            self._draft.discard()
            self._draft = None


def too_large(limit: int) -> TooLarge:
    return TooLarge(f"Messages may have {limit} octets")

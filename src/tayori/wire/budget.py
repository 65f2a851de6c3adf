"""How many errors a session bears before it is ended: guessing and fuzzing cost their sender the connection."""

from tayori.errors import TooManyErrors


class ErrorBudget:
    """Counts refused commands; a command that works gives one back.

    >>> budget = ErrorBudget(2)
    >>> budget.spend(); budget.spend()
    Traceback (most recent call last):
    tayori.errors.TooManyErrors: Too many errors
    """

    __slots__ = ("_left", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._left = limit

    def spend(self) -> None:
        """Raises TooManyErrors: that was the last."""
        self._left -= 1
        if self._left <= 0:
            raise TooManyErrors("Too many errors")

    def earn(self) -> None:
        if self._left < self.limit:
            self._left += 1

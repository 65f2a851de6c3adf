"""A clock that stands until it is told to go. Implements ports.Clock."""


class StandingClock:
    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def zone(self) -> int:
        return 0

    def go(self, seconds: float) -> None:
        self.time += seconds

"""The time, as ports.Clock gives it to the pure part."""

import time

ZONE_HOLDS = 60.0  # seconds


class SystemClock:
    """ports.Clock. The zone is looked up once a minute: it changes twice a year and costs 3 µs."""

    def __init__(self) -> None:
        self._zone = 0
        self._zone_until = 0.0

    def now(self) -> float:
        return time.time()

    def zone(self) -> int:
        if time.monotonic() > self._zone_until:
            self._zone = time.localtime().tm_gmtoff // 60
            self._zone_until = time.monotonic() + ZONE_HOLDS
        return self._zone

"""The loop that each process runs on."""

import gc
from collections.abc import Coroutine

import uvloop

GC_THRESHOLDS = (20_000, 20, 20)  # the default looks for cycles after every 700 objects


def run(main: Coroutine[object, object, int]) -> int:
    """On a loop of its own; what a message leaves behind is freed by counting, so cycles are looked for seldom."""
    gc.set_threshold(*GC_THRESHOLDS)
    return uvloop.run(main)

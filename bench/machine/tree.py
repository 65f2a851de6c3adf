"""What a tree of processes has used: processor time and memory, read from /proc."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")  # per second


def _stat(pid: int) -> list[bytes]:
    """The fields of /proc/PID/stat after the command's name, from the state on; [] when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _living() -> dict[int, list[bytes]]:
    stats = {int(name): _stat(int(name)) for name in os.listdir("/proc") if name.isdigit()}
    return {pid: stat for pid, stat in stats.items() if stat}


def _descent(living: dict[int, list[bytes]], roots: Iterable[int]) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid, stat in living.items():
        children.setdefault(int(stat[1]), []).append(pid)
    found, ahead = [], [root for root in roots if root in living]
    while ahead:
        found.append(ahead.pop())
        ahead += children.get(found[-1], [])
    return found


def processes(roots: Iterable[int]) -> list[int]:
    """The roots and all that descends from them, as far as it is alive."""
    return _descent(_living(), roots)


def cpu_seconds(roots: Iterable[int]) -> float:
    """Processor time of a tree, user and system, with the children that were waited for."""
    living = _living()
    # utime, stime and, for children that are gone, cutime, cstime: proc(5)
    return sum(int(field) for pid in _descent(living, roots) for field in living[pid][11:15]) / TICKS


def pss_kib(roots: Iterable[int]) -> int:
    """Memory of a tree in KiB, each shared page divided among those who share it."""
    return sum(_pss(pid) for pid in processes(roots))


def _pss(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith(b"Pss:")), 0)


def wait_until_idle(roots: list[int], longest: float = 120.0, step: float = 0.4) -> float:
    """Wait until a tree uses under 3 % of a core; the processor seconds it used until then.

    Raises TimeoutError: it never rests.
    """
    first = before = cpu_seconds(roots)
    deadline = time.monotonic() + longest
    while time.monotonic() < deadline:
        time.sleep(step)
        now = cpu_seconds(roots)
        if now - before <= max(0.03 * step, 1.01 / TICKS):
            return now - first
        before = now
    raise TimeoutError(f"still busy {longest:.0f} s after its work")

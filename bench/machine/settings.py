"""Kernel limits that a thousand sessions need, raised while we run, and put back."""

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

WANTED = {"fs/inotify/max_user_instances": 16384}  # Dovecot takes one per idle session, or else looks every 30 s


@contextlib.contextmanager
def raised_limits() -> Iterator[None]:
    """Raise what WANTED names (as root; otherwise nothing is changed) and our open files."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found = {name: int(Path("/proc/sys", name).read_text()) for name in WANTED}
    lower = [name for name in found if found[name] < WANTED[name] and os.geteuid() == 0]
    for name in lower:
        Path("/proc/sys", name).write_text(str(WANTED[name]))
    try:
        yield
    finally:
        for name in lower:
            Path("/proc/sys", name).write_text(str(found[name]))

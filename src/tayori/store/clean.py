"""The lives of DATA: whether the last one ended orderly, or may have lost what it handed out. DESIGN section 5.

DATA/epoch counts the lives that did not. A catalog that knows an older epoch moves its UIDs and MODSEQs to their limits
when it is opened, so that nothing is handed out twice.
"""

from pathlib import Path

from tayori.store import disk, paths


def begin(data: Path) -> bool:
    """Start a life: said once, by who holds DATA/lock, before any store on `data` is used. Raises OSError.

    Whether the last one did not end orderly. The first is life 0, in which accounts may have been made before it began.
    """
    disk.make_folders(data)
    if paths.clean(data).exists():
        paths.clean(data).unlink()
        disk.sync_path(data)
        return False
    in_doubt = paths.epoch(data).exists()
    if in_doubt:
        disk.sync_file_system(data)  # limits that a killed process raised count from here on
    disk.write_durably(paths.epoch(data), str(current(data) + in_doubt))
    return in_doubt


def finish(data: Path) -> None:
    """End it, after every store is closed: all is durable, nothing is in doubt. Raises OSError."""
    disk.sync_file_system(data)
    disk.write_durably(paths.clean(data), str(current(data)))


def current(data: Path) -> int:
    """The epoch, 0 before the first. Asked for each catalog that is opened: unbuffered, that takes half as long."""
    try:
        with open(paths.epoch(data), "rb", buffering=0) as file:
            return int(file.read())
    except FileNotFoundError:
        return 0

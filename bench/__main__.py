"""`python -m bench` measures and prints the table; `python -m bench table` puts the last results into README.md."""

import argparse
import os
import shutil
import signal
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from bench import report
from bench.machine.disk import file_system, work_directory
from bench.machine.settings import raised_limits
from bench.rows import ROWS
from bench.rows.row import QUICK, Row, Scale
from bench.runner import OURS, PEER, VARIANTS, Plan, measure, say


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("task", nargs="?", choices=["measure", "table", "rows"], default="measure")
    parser.add_argument("--rows", default="", metavar="NAME,…", help="only these; a name may be a pattern: 'delivery*'")
    parser.add_argument("--runs", type=int, default=3, help="alternated runs of which the median counts (3)")
    parser.add_argument("--seconds", type=float, help="of the sustained delivery (60); other rates take a part of it")
    parser.add_argument("--quick", action="store_true", help="seconds, small mailboxes, no result: whether all works")
    parser.add_argument(
        "--systems", default="", metavar="NAME,…", help=f"of {', '.join(VARIANTS)}, {PEER}, {OURS}; to try things"
    )
    parser.add_argument("--dir", type=Path, help="where the work directory is made (the temporary directory)")
    parser.add_argument(
        "--image", action=argparse.BooleanOptionalAction, help="mount an ext4 image (as root, where DIR has no such)"
    )
    return parser.parse_args()


def _chosen(names: str) -> list[Row]:
    """The rows that any of the names or patterns fits, all where none is given.

    Raises SystemExit: a name that fits none.
    """
    wanted = [name for name in names.split(",") if name] or ["*"]
    for name in wanted:
        if not any(fnmatchcase(row.name, name) for row in ROWS):
            sys.exit(f"no row {name!r}; there are {', '.join(row.name for row in ROWS)}")
    return [row for row in ROWS if any(fnmatchcase(row.name, name) for name in wanted)]


def _plan(arguments: argparse.Namespace) -> Plan:
    rows = _chosen(arguments.rows)
    scale = QUICK if arguments.quick else Scale()
    if arguments.seconds is not None:
        scale = Scale(**{**vars(scale), "seconds": arguments.seconds})
    others = [name for name in VARIANTS if any(row.beside == name for row in rows)]
    systems = [name for name in arguments.systems.split(",") if name] or [*others, PEER, OURS]
    command = " ".join(["python -m bench", *sys.argv[1:]])
    return Plan(rows, 1 if arguments.quick else arguments.runs, scale, systems, command, not arguments.quick)


def _measured(arguments: argparse.Namespace) -> int:
    if os.geteuid() != 0 or not all(map(shutil.which, ["postfix", "dovecot", "mkfs.ext4"])):
        sys.exit("Postfix and Dovecot are measured beside Tayori: run this as root, after bench/install-peers.sh")
    plan = _plan(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and mount go whatever happens
    with raised_limits(), work_directory(arguments.dir, arguments.image) as directory:
        say(f"{len(plan.rows)} rows, {plan.runs} runs, on {file_system(directory)}")
        complete = measure(plan, directory)
    if plan.keep and {OURS, PEER} <= set(plan.systems):
        print(report.table([row.name for row in ROWS]))
    return 0 if complete else 1


def main() -> int:
    """Exit status: 0 all was measured, 1 something was not."""
    arguments = _arguments()
    if arguments.task == "rows":
        print("\n".join(f"{row.name:22} {row.aim:9} {row.says}" for row in ROWS))
        return 0
    if arguments.task == "table":
        report.into_readme(Path("README.md"), [row.name for row in ROWS])
        return 0
    return _measured(arguments)


if __name__ == "__main__":
    sys.exit(main())

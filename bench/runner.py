"""Runs rows on all systems in turn, A B A B, each when all are at rest, and keeps the medians."""

import contextlib
import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, Result, save, summary, times_better
from bench.machine.certificate import Certificate, certificate
from bench.machine.disk import file_system, sync_file_system
from bench.machine.identity import machine
from bench.machine.tree import wait_until_idle
from bench.rows.row import BOX_ACCOUNT, LARGE_ACCOUNT, MANY_ACCOUNT, SETTLING, Leg, Row, Scale, account
from bench.systems.base import System, await_greetings, last_words
from bench.systems.classic import Classic
from bench.systems.tayori import Tayori

OURS, PEER = "tayori", "tuned"
VARIANTS = ("stock", "mdbox")  # of Dovecot, measured beside in some rows
LONGEST_WORK = 600.0  # seconds that a system may be at work by itself after a leg
OWN_ACCOUNTS = 20  # of a leg, before the next leg's begin


@dataclass(frozen=True)
class Plan:
    """What a call of the program is to do."""

    rows: list[Row]
    runs: int
    scale: Scale
    systems: list[str]
    command: str
    keep: bool
    """Whether results are written: only with full scale and a peer in the same run."""


def say(text: str) -> None:
    """A line of progress."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def running(names: list[str], directory: Path, scale: Scale, own: Certificate) -> Iterator[dict[str, System]]:
    """The systems by name, prepared, started and answering; stopped at the end whatever happens."""
    accounts = [*map(account, range(scale.accounts)), BOX_ACCOUNT, LARGE_ACCOUNT, MANY_ACCOUNT]
    make: Mapping[str, Callable[[], System]] = {
        "stock": lambda: Classic(directory / "s", "stock", own, accounts),
        "mdbox": lambda: Classic(directory / "m", "mdbox", own, accounts),
        PEER: lambda: Classic(directory / "c", PEER, own, accounts),
        OURS: lambda: Tayori(directory / "t", own, accounts),
    }
    systems: dict[str, System] = {}
    with contextlib.ExitStack() as at_end:
        for name in names:
            say(f"preparing {name} with {len(accounts)} accounts")
            systems[name] = make[name]()
            at_end.callback(systems[name].stop)
            systems[name].start()
            await_greetings(systems[name], own.client)
        yield systems


def measure(plan: Plan, directory: Path) -> bool:
    """Measure all rows; whether each was measured, whatever it reached."""
    own = certificate(directory)
    with running(plan.systems, directory, plan.scale, own) as systems:
        stage = Stage(plan, systems, directory, own)
        failed = [row for place, row in enumerate(plan.rows) if not stage.measured(row, place * plan.runs)]
    return not failed


@dataclass(frozen=True)
class Stage:
    """Systems that are running, for the rows of a plan."""

    plan: Plan
    systems: dict[str, System]
    directory: Path
    certificate: Certificate

    def measured(self, row: Row, earlier_legs: int) -> bool:
        """Measure a row on all systems in turn; whether that could be done."""
        figures: dict[str, list[Figure]] = {}
        for run in range(self.plan.runs):
            for name in self.systems:
                if name in VARIANTS and name != row.beside:
                    continue
                try:
                    figure = self._leg(row, name, earlier_legs + run)
                except Exception as error:  # noqa: BLE001  # one row that fails must not cost the others their hour
                    say(f"{row.name}: FAILED on {name}: {type(error).__name__}: {error}")
                    say(f"its log ends: {last_words(self.systems[name].log)}")
                    return False
                figures.setdefault(name, []).append(figure)
                _tell(row, f"run {run + 1}", name, figure)
        _conclude(self.plan, row, figures, self.directory)
        return True

    def _leg(self, row: Row, name: str, number: int) -> Figure:
        first = number * OWN_ACCOUNTS % self.plan.scale.accounts
        leg = Leg(self.systems[name], self.plan.scale, self.certificate, self.directory, first)
        if row.fresh:
            leg.system.stop()
            leg.system.start()
            await_greetings(leg.system, leg.certificate.client)
        sync_file_system(leg.directory)
        if self.plan.keep:
            time.sleep(SETTLING)  # one that has had mail rests a moment before it goes on with it: not into this leg
        wait_until_idle([root for system in self.systems.values() for root in system.roots()], LONGEST_WORK)
        with _no_garbage_collection():
            return row.measure(leg)


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _tell(row: Row, run: str, name: str, figure: Figure) -> None:
    beside = ", ".join(f"{key} {value:.1f}" for key, value in figure.beside.items())
    cpu = figure.server_cpu / figure.operations * 1e6
    load = figure.load_cpu / figure.operations * 1e6
    say(f"{row.name}: {run}, {name}: {figure.value:.4g} {row.unit} (CPU {cpu:.0f} us, load {load:.0f} us; {beside})")


def _conclude(plan: Plan, row: Row, figures: dict[str, list[Figure]], directory: Path) -> None:
    if OURS not in figures or PEER not in figures:
        say(f"{row.name}: no result without both {OURS} and {PEER} in one run")
        return
    summaries = {name: summary(runs) for name, runs in figures.items()}
    ours = summaries[OURS]["median"]
    ratio = times_better(row.unit, ours, summaries[PEER]["median"])
    result: Result = {
        "name": row.name,
        "work": row.work,
        "says": row.says,
        "unit": row.unit,
        "aim": row.aim,
        "ratio": ratio,
        "reached": row.reached(ours, ratio),
        "systems": summaries,
        "command": plan.command,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(file_system(directory)),
    }
    say(f"{row.name}: {ratio:.2f} x, aim {row.aim}: {'reached' if result['reached'] else 'NOT reached'}")
    if plan.keep:
        save(result)

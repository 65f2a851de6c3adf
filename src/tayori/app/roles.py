"""What each process does: a function a role. DESIGN section 4."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tayori import spool
from tayori.app.current import Current
from tayori.app.node import node
from tayori.config import Config
from tayori.directory import Directory
from tayori.errors import Refusal
from tayori.net.bus import Bus, LocalHints
from tayori.net.clock import SystemClock
from tayori.net.connection import Crowd
from tayori.net.listener import Listener
from tayori.net.role import Bound, Control
from tayori.net.shared import Connections, Failures, Right
from tayori.store import Keeper, Store, clean

log = logging.getLogger("tayori")

BEHIND = 5  # the keeper's nice value: where there is more to do than processors, mail comes in first
KEEPER_TURN = 0.9  # seconds from one look of the keeper to the next: the mirror follows within one
KEEPER_REST = 0.1, 2.0  # seconds between two: as long as the first lasted, within these; mail comes in first


@dataclass(slots=True)
class Shared:
    """What all processes see alike, made before the fork."""

    current: Current
    bus: Bus
    connections: Connections
    failures: Failures
    right: Right


async def first(current: Current) -> int:
    """Before anybody listens."""
    try:
        await begin_life(current.config)
    except Refusal as cause:  # such as a system.db that is damaged or a newer version's
        log.error("%s", cause)
        return 1
    return 0


async def begin_life(config: Config) -> None:
    """A life of DATA begins: what the last one left in the logs of all its workers is carried out."""
    in_doubt = clean.begin(config.data)
    Directory(config.data, config.domains, SystemClock()).close()  # made or migrated by one process alone
    store = Store(config.data, LocalHints(), SystemClock())
    await store.start()
    ends = spool.ends(config.data) if in_doubt else {}
    await spool.replay(config.data, store)
    if ends and not spool.is_held(config.data):
        await store.forsake(ends)
    await store.close()


async def front(shared: Shared, index: int, bound: Bound, control: Control) -> int:
    """Talks to clients."""
    current = shared.current
    hints = shared.bus.member(index)
    domains, failures = current.config.domains, shared.failures.of(index)
    directory = Directory(current.config.data, domains, SystemClock(), failures, shared.right)
    door = shared.connections.door(index)
    async with node(current.config, f"w{index}", directory, hints) as parts:
        hints.open(parts.store.hint, parts.store.look_everywhere)
        listener = Listener(Crowd(door.admit, door.leave))
        await listener.start((parts.service(name, lambda: current.context), one) for name, one in bound)
        control.ready()
        async for event in control.events():
            if event == "reload" and not (problem := current.check()):
                parts.renew(current.config)
                directory.local(current.config.domains)
                shared.connections.limit = current.config.limits.connections_per_address
            elif event == "reload":
                log.error("reload refused here: %s", problem)
        await listener.stop()
        hints.close()
    directory.close()
    return 0


async def keeper(shared: Shared, control: Control) -> int:
    """Follows all accounts: mirror, checkpoints. The last to stop: it ends the life of DATA in order."""
    os.nice(BEHIND)
    config = shared.current.config
    hints = shared.bus.speaker()  # no session follows an account here
    store = Store(config.data, hints, SystemClock())
    await store.start()
    hints.speak()
    async with kept(store):
        control.ready()
        async for _ in control.events():
            pass
    hints.close()
    await store.close()
    if control.in_order:  # else front workers may be at it still
        clean.finish(config.data)
    return 0


@asynccontextmanager
async def kept(store: Store) -> AsyncIterator[None]:
    """The keeper at its work meanwhile, and once more at the end."""
    keeper = Keeper(store)
    tasks = [asyncio.create_task(_again(work), name="keeper") for work in (keeper.step, keeper.extract)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await keeper.step()
        keeper.close()


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        await work()
        await asyncio.sleep(rest(loop.time() - began))


def rest(worked: float) -> float:
    """Seconds until the next turn: less than half of a processor for the keeper where there is ever more to do."""
    least, most = KEEPER_REST
    return max(KEEPER_TURN - worked, min(max(worked, least), most))

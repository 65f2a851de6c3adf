"""Listening sockets to conversations; who has been silent for too long; how a process stops talking."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable

from tayori.net.connection import Connection, Crowd, Service

BACKLOG = 1024  # connections that wait while a worker is replaced
SWEEP = 1.0  # seconds between two looks at the clock for all connections
GRACE = 5.0  # seconds that commands under way have to finish at a stop


class Listener:
    """All that one process serves.

    `start` begins to accept, `stop` ends: no new connection, idle sessions told at once, busy ones after GRACE.
    """

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._servers: list[asyncio.Server] = []
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self, services: Iterable[tuple[Service, socket.socket]]) -> None:
        """Accept on sockets that are bound; `listen` is called here."""
        loop = asyncio.get_running_loop()
        for service, bound in services:
            server = await self._server(loop, service, bound)
            self._servers.append(server)
        self._sweeper = loop.create_task(self._sweep(loop), name="sweep")

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        deadline = asyncio.get_running_loop().time() + GRACE
        while self._crowd.members:
            late = asyncio.get_running_loop().time() > deadline
            for connection in list(self._crowd.members):
                if connection.waiting or late:
                    connection.dismiss("shutdown")
            await asyncio.sleep(0.01)

    async def _server(self, loop: asyncio.AbstractEventLoop, service: Service, bound: socket.socket) -> asyncio.Server:
        def connection() -> Connection:
            return Connection(service, self._crowd, loop)

        if bound.family == socket.AF_UNIX:
            return await loop.create_unix_server(connection, sock=bound, backlog=BACKLOG)
        return await loop.create_server(connection, sock=bound, backlog=BACKLOG)

    async def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """A timer a connection would cost each command; one look a second costs nothing."""
        while True:
            await asyncio.sleep(SWEEP)
            now = loop.time()
            self._crowd.descriptors.look(now)
            for connection in list(self._crowd.members):
                if connection.overdue(now):
                    connection.dismiss("timeout")

"""A server of three processes that says who it is to everyone who connects; the supervisor under it is the real one.

    supervised.py DATA [service=host:port|unix:path …] [--user NAME] [--first fails|works] [--front fails|full|deaf]

What its processes are told is appended to DATA/told, a line each; DATA/settings is what SIGHUP reads ("bad …" is bad);
while there is a file DATA/die, a front that starts ends at once.
"""

import asyncio
import errno
import logging
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import NamedTuple

from tayori.net import sockets, start, systemd
from tayori.net.role import Bound, Control, Role
from tayori.net.workers import supervise

WORKERS = 2


class Endpoint(NamedTuple):
    host: str
    port: int
    path: str = ""


def endpoint(written: str) -> Endpoint:
    if written.startswith("unix:"):
        return Endpoint("", 0, written[5:])
    host, _, port = written.rpartition(":")
    return Endpoint(host.strip("[]"), int(port))


class Server:
    def __init__(self, data: Path, front: str) -> None:
        self.data = data
        self.mode = front
        self.settings = self.read()

    def read(self) -> str:
        file = self.data / "settings"
        return file.read_text() if file.exists() else "none"

    def check(self) -> str:
        found = self.read()
        if found.startswith("bad"):
            return f"settings: {found}"
        self.settings = found
        return ""

    def note(self, what: str) -> None:
        with (self.data / "told").open("a") as out:
            out.write(f"{what}\n")

    def prepare(self) -> int:
        self.note("first")
        return 0

    def front(self, index: int, bound: Bound, control: Control) -> int:
        if self.mode == "fails":
            raise start.CannotStart("the front cannot start")
        if self.mode == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/spool/w0/1.log")
        if (self.data / "die").exists():
            return 3
        return asyncio.run(self.serve("front", index, bound, control))

    def keeper(self, index: int, bound: Bound, control: Control) -> int:
        return asyncio.run(self.serve("keeper", index, bound, control))

    async def serve(self, role: str, index: int, bound: Bound, control: Control) -> int:
        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            who = f"{role} {index} {os.getpid()} {os.geteuid()} {self.settings}\n"
            writer.write(who.encode())
            writer.close()

        for _, listening in bound:
            await (asyncio.start_unix_server if listening.family == 1 else asyncio.start_server)(answer, sock=listening)
        control.ready()
        async for event in control.events():
            self.note(f"{role} {index} {event}")
            self.settings = self.read()
        if self.mode == "deaf" and role == "front":
            await asyncio.Event().wait()
        self.note(f"{role} {index} ended")
        return 0


def main() -> int:
    parser = ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("services", nargs="*")
    parser.add_argument("--user", default="")
    parser.add_argument("--first", default="")
    parser.add_argument("--front", default="")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    listen: dict[str, list[Endpoint]] = {}
    for service, _, where in (written.partition("=") for written in given.services):
        listen.setdefault(service, []).append(endpoint(where))
    owner = start.owner(given.data, given.user)
    start.make(given.data, owner)
    with start.held(given.data):
        ports = sockets.bind_all(listen, WORKERS, systemd.passed())
        start.become(owner)
        server = Server(given.data, given.front)
        roles = [
            Role("front", WORKERS, server.front, ports, lambda index: server.note(f"front {index} gone")),
            Role("keeper", 1, server.keeper),
        ]
        return supervise(roles, server.check, {"fails": lambda: 1, "works": server.prepare}.get(given.first))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except start.CannotStart as cause:
        sys.exit(str(cause))

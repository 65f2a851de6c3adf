"""Listening sockets: bound before privileges are dropped, one per worker and port, or passed by systemd.

    ports = sockets.bind_all({"smtp": [Endpoint("0.0.0.0", 25)]}, workers=2, passed=systemd.passed())
    sockets.names(ports)       ["smtp=0.0.0.0:25"], for the ready line
    sockets.of(ports, 1)       [("smtp", <socket>)], what worker 1 accepts on
    sockets.close(ports)       at the end: Unix sockets lose their names

Law: the kernel shares connections out among the sockets of one port (SO_REUSEPORT); each stays open in the supervisor,
so that what waits at a worker that died waits for its successor. Every trouble is a CannotStart.
"""

import errno
import os
import socket
import stat
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tayori.net.start import CannotStart

BACKLOG = 1024  # connections that wait for a worker; the kernel's net.core.somaxconn may allow fewer
UNIX_MODE = 0o666  # who may reach the folder may connect: that is where rights are set


class Endpoint(Protocol):
    """Where a service is to listen: `path` is a Unix socket's, "" otherwise; port 0 is any free one."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def path(self) -> str: ...


class PortTaken(CannotStart):
    """Another program listens there."""


class Passed(NamedTuple):
    """A socket that was open when we were started, and what it is called: "smtp", or what systemd thought of."""

    name: str
    socket: socket.socket


Address = tuple[str, int] | tuple[str, int, int, int]
"""As socket.bind wants it: IPv6 has its flow and scope behind."""


@dataclass(slots=True)
class Port:
    """One address of one service, and the sockets there: one per worker, or one that all share."""

    service: str
    sockets: list[socket.socket]
    path: str = ""  # of a Unix socket that is to be removed at the end
    alias: bool = False  # a further address of a host name that another Port tells of

    def __str__(self) -> str:
        return f"{self.service}={written(self.sockets[0])}"


# ---- All of them


def bind_all(listen: Mapping[str, Sequence[Endpoint]], workers: int = 1, passed: Sequence[Passed] = ()) -> list[Port]:
    """Bound and listening, in the order of `listen`; a service that something was passed for is not bound anew."""
    given = _by_service(listen, passed)
    ports: list[Port] = []
    try:
        for service, endpoints in listen.items():
            if service in given:
                ports += given[service]
                continue
            for endpoint in endpoints:
                ports += _bind(service, endpoint, workers)
    except CannotStart:
        close(ports)
        raise
    return ports


def of(ports: Iterable[Port], index: int) -> list[tuple[str, socket.socket]]:
    """What worker `index` listens at."""
    return [(port.service, port.sockets[index % len(port.sockets)]) for port in ports]


def names(ports: Iterable[Port]) -> list[str]:
    """ "smtp=127.0.0.1:2525", "lmtp=unix:/run/lmtp": each address with its real number."""
    return [str(port) for port in ports if not port.alias]


def close(ports: Iterable[Port]) -> None:
    """Nothing is accepted any more here; a Unix socket's name is removed, where that is still allowed."""
    for port in ports:
        for bound in port.sockets:
            bound.close()
        if port.path:
            try:
                os.unlink(port.path)
            except OSError:
                pass


def leave(ports: Iterable[Port], mine: Container[socket.socket]) -> None:
    """In a worker: what is another's is closed here, and its name stays."""
    for port in ports:
        for bound in port.sockets:
            if bound not in mine:
                bound.close()


def written(bound: socket.socket) -> str:
    """ "127.0.0.1:25", "[::1]:25", "unix:/run/lmtp"."""
    if bound.family == socket.AF_UNIX:
        return f"unix:{bound.getsockname()}"
    return _said(bound.getsockname())


def _said(address: Address) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


# ---- TCP


def bind(host: str, port: int) -> socket.socket:
    """One socket, bound and listening, for a server of one process. Raises CannotStart."""
    return _shared("port", _addresses("port", host, port)[0], count=1)[0]


def _bind(service: str, endpoint: Endpoint, workers: int) -> list[Port]:
    """A host's name may stand for several addresses (127.0.0.1 and ::1): all, with the first one's port."""
    if endpoint.path:
        return [_unix(service, endpoint.path)]
    first, *others = _addresses(service, endpoint.host, endpoint.port)
    ports = [Port(service, _shared(service, first, workers))]
    number = ports[0].sockets[0].getsockname()[1]
    for host, *_ in others:
        try:
            ports.append(Port(service, _shared(service, (host, number), workers), alias=True))
        except CannotStart:
            close(ports)
            raise
    return ports


def _addresses(service: str, host: str, port: int) -> list[Address]:
    """Those of them that this machine has."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as cause:
        raise CannotStart(f"{service}: cannot listen at {host}: {cause}; write an address of this machine") from cause
    addresses = list(dict.fromkeys((str(entry[4][0]), int(entry[4][1]), *entry[4][2:]) for entry in found))
    return [one for one in addresses if len(addresses) == 1 or _is_here(one)] or addresses[:1]


def _is_here(address: Address) -> bool:
    try:
        _tcp((address[0], 0, *address[2:]), shared=False).close()
    except OSError:
        return False
    return True


def _shared(service: str, address: Address, count: int) -> list[socket.socket]:
    """Sockets that share one address. The first binds alone, so that nobody else can be there, then lets others in."""
    made: list[socket.socket] = []
    try:
        made.append(_tcp(address, shared=False))
        made[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made += [_tcp(made[0].getsockname(), shared=True) for _ in range(count - 1)]
        for one in made:
            one.listen(BACKLOG)
    except OSError as cause:
        for one in made:
            one.close()
        kind = PortTaken if cause.errno == errno.EADDRINUSE else CannotStart
        raise kind(f"{service}: cannot listen at {_said(address)}: {_reason(cause, PORT_ADVICE)}") from cause
    return made


def _tcp(address: Address, shared: bool) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        if made.family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # "[::]:25" beside "0.0.0.0:25" is no clash
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


PORT_ADVICE = {
    errno.EADDRINUSE: "; stop what listens there, or choose another port",
    errno.EACCES: "; start as root (and set `user`), by systemd, or choose a port from 1024 on",
    errno.EADDRNOTAVAIL: "; write an address of this machine",
}

PATH_ADVICE = {
    errno.EADDRINUSE: "; stop what listens there, or choose another path",
    errno.EACCES: "; who starts the server must be able to write to its folder",
    errno.EPERM: "; who starts the server must be able to remove what lies there",
    errno.ENOENT: "; make its folder first",
}


def _reason(cause: OSError, advice: Mapping[int, str]) -> str:
    """With what to do about it, where we know."""
    return f"{cause.strerror or cause}{advice.get(cause.errno or 0, '')}"


# ---- Unix


def _unix(service: str, path: str) -> Port:
    """All workers share it. What a server that was killed left there is removed, a living one's is not."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_stale(path):
            os.unlink(path)
        made.bind(path)
        os.chmod(path, UNIX_MODE)
        made.listen(BACKLOG)
    except OSError as cause:
        made.close()
        raise CannotStart(f"{service}: cannot listen at unix:{path}: {_reason(cause, PATH_ADVICE)}") from cause
    return Port(service, [made], path)


def _is_stale(path: str) -> bool:
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.connect(path)
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


# ---- Passed


def _by_service(listen: Mapping[str, Sequence[Endpoint]], passed: Sequence[Passed]) -> dict[str, list[Port]]:
    """What was passed for which service: by its name, else by the port or path that a service names."""
    found: dict[str, list[Port]] = {}
    for name, bound in passed:
        service = name if name in listen else _service_at(bound, listen)
        if service is None:
            raise CannotStart(
                f"{written(bound)} was passed as {name!r}, which [listen] does not name;"
                " set FileDescriptorName= to a service that it does"
            )
        found.setdefault(service, []).append(Port(service, [bound]))
    return found


def _service_at(bound: socket.socket, listen: Mapping[str, Sequence[Endpoint]]) -> str | None:
    at = bound.getsockname()
    place = (at, 0) if bound.family == socket.AF_UNIX else ("", at[1])
    for service, endpoints in listen.items():
        if place in [(endpoint.path, endpoint.port) for endpoint in endpoints]:
            return service
    return None

"""net/sockets.py: what is bound, shared, passed, and refused."""

import errno
import os
import socket
from pathlib import Path
from typing import NamedTuple

import pytest

from tayori.net import sockets
from tayori.net.sockets import Passed
from tayori.net.start import CannotStart


class At(NamedTuple):
    host: str = ""
    port: int = 0
    path: str = ""


LOOPBACK = At("127.0.0.1", 0)


def numbers(ports: list[sockets.Port]) -> list[int]:
    return [bound.getsockname()[1] for port in ports for bound in port.sockets]


def test_workers_have_a_socket_each_at_the_number_the_first_was_given() -> None:
    ports = sockets.bind_all({"smtp": [LOOPBACK]}, workers=3)
    found = numbers(ports)
    sockets.close(ports)
    assert len(found) == 3
    assert len(set(found)) == 1


def test_each_worker_gets_its_own_of_every_service() -> None:
    ports = sockets.bind_all({"smtp": [LOOPBACK], "imap": [LOOPBACK]}, workers=2)
    shares = [sockets.of(ports, index) for index in range(2)]
    sockets.close(ports)
    assert [[service for service, _ in share] for share in shares] == [["smtp", "imap"]] * 2
    assert not {bound for _, bound in shares[0]} & {bound for _, bound in shares[1]}


def test_a_list_of_addresses_is_bound_whole() -> None:
    ports = sockets.bind_all({"smtp": [LOOPBACK, LOOPBACK]})
    names = sockets.names(ports)
    sockets.close(ports)
    assert names == [f"smtp=127.0.0.1:{number}" for number in (int(name.rpartition(":")[2]) for name in names)]
    assert len(names) == 2


@pytest.mark.skipif(not sockets._is_here(("::1", 0)), reason="no IPv6 here")
def test_an_ipv6_address_is_said_in_brackets() -> None:
    ports = sockets.bind_all({"smtp": [At("::1", 0)]}, workers=2)
    names, port = sockets.names(ports), ports[0].sockets[0].getsockname()[1]
    sockets.close(ports)
    assert names == [f"smtp=[::1]:{port}"]


@pytest.mark.skipif(not sockets._is_here(("::1", 0)), reason="no IPv6 here")
def test_every_address_of_both_kinds_can_share_a_number() -> None:
    first = sockets.bind_all({"smtp": [At("0.0.0.0", 0)]})
    port = numbers(first)[0]
    second = sockets.bind_all({"smtp": [At("::", port)]})
    found = numbers(second)
    sockets.close(first + second)
    assert found == [port]


def test_a_server_of_our_own_kind_at_the_same_address_is_noticed() -> None:
    ports = sockets.bind_all({"smtp": [LOOPBACK]}, workers=2)
    number = numbers(ports)[0]
    with pytest.raises(CannotStart, match=f"smtp: cannot listen at 127.0.0.1:{number}: Address already in use"):
        sockets.bind_all({"smtp": [At("127.0.0.1", number)]}, workers=2)
    sockets.close(ports)


def test_what_was_bound_before_a_trouble_is_let_go() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = sockets.bind("127.0.0.1", 0)
        number = free.getsockname()[1]
        free.close()
        with pytest.raises(CannotStart):
            sockets.bind_all({"smtp": [At("127.0.0.1", number)], "imap": [At("127.0.0.1", other.getsockname()[1])]})
    sockets.bind("127.0.0.1", number).close()


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(CannotStart, match=r"smtp: cannot listen at 192\.0\.2\.1:0: .*write an address of this machine"):
        sockets.bind_all({"smtp": [At("192.0.2.1", 0)]})


def test_a_name_that_nobody_knows_is_told() -> None:
    with pytest.raises(CannotStart, match=r"imap: cannot listen at no-such-host\.invalid"):
        sockets.bind_all({"imap": [At("no-such-host.invalid", 0)]})


def test_localhost_is_said_once() -> None:
    ports = sockets.bind_all({"smtp": [At("localhost", 0)]})
    names, found = sockets.names(ports), numbers(ports)
    sockets.close(ports)
    assert len(names) == 1
    assert len(set(found)) == 1


def test_a_connection_is_answered_before_anyone_accepts() -> None:
    ports = sockets.bind_all({"smtp": [LOOPBACK]})
    socket.create_connection(ports[0].sockets[0].getsockname(), 5).close()
    sockets.close(ports)


def test_a_unix_socket_is_shared_by_all_and_removed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    ports = sockets.bind_all({"lmtp": [At(path=str(path))]}, workers=2)
    assert sockets.names(ports) == [f"lmtp=unix:{path}"]
    assert sockets.of(ports, 0) == sockets.of(ports, 1)
    sockets.close(ports)
    assert not path.exists()


def test_a_unix_socket_that_a_killed_server_left_is_taken_over(tmp_path: Path) -> None:
    path = str(tmp_path / "lmtp")
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(path)
    sockets.close(sockets.bind_all({"lmtp": [At(path=path)]}))
    assert not os.path.exists(path)


def test_a_unix_socket_of_a_living_server_is_left_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "lmtp")
    ports = sockets.bind_all({"lmtp": [At(path=path)]})
    with pytest.raises(CannotStart, match=r"lmtp: cannot listen at unix:.*lmtp: Address already in use"):
        sockets.bind_all({"lmtp": [At(path=path)]})
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(path)
    sockets.close(ports)


def test_a_file_at_the_place_of_a_unix_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "lmtp"
    path.write_text("mine")
    with pytest.raises(CannotStart):
        sockets.bind_all({"lmtp": [At(path=str(path))]})
    assert path.read_text() == "mine"


def test_who_may_not_make_a_unix_socket_hears_of_its_folder_and_no_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refused)
    with pytest.raises(
        CannotStart, match=r"Permission denied; who starts the server must be able to write to its folder$"
    ):
        sockets.bind_all({"lmtp": [At(path=str(tmp_path / "lmtp"))]})


def test_a_passed_socket_serves_by_its_name_and_nothing_is_bound_beside_it() -> None:
    given = socket.create_server(("127.0.0.1", 0))
    ports = sockets.bind_all({"smtp": [At("127.0.0.1", 1)]}, workers=2, passed=[Passed("smtp", given)])
    assert sockets.of(ports, 0) == sockets.of(ports, 1) == [("smtp", given)]
    sockets.close(ports)


def test_a_passed_socket_without_a_name_of_ours_serves_by_its_port() -> None:
    given = socket.create_server(("127.0.0.1", 0))
    where = At("0.0.0.0", given.getsockname()[1])
    ports = sockets.bind_all({"imap": [LOOPBACK], "smtp": [where]}, passed=[Passed("tayori.socket", given)])
    assert sockets.of(ports, 0)[1] == ("smtp", given)
    sockets.close(ports)


def test_a_passed_socket_that_nobody_wants_is_told() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as given,
        pytest.raises(CannotStart, match=r"passed as 'web', which \[listen\] does not name"),
    ):
        sockets.bind_all({"smtp": [LOOPBACK]}, passed=[Passed("web", given)])

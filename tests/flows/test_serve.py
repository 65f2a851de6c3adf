"""tayori serve: real processes, real clients."""

import os
import poplib
import signal
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from io import BufferedRWPair
from pathlib import Path

import pytest
import trustme

from aids.server import ALICE, BOB, PASSWORD, PATIENCE, SETTINGS, Server
from aids.wait import wait_until

TLS = """
[tls]
certificate = "certificate.pem"
key = "key.pem"
"""

Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A server that answers; it is ended after the test."""
    started: list[Server] = []

    def begin(settings: str = SETTINGS, **environment: str) -> Server:
        server = Server(tmp_path / "server", settings).add(ALICE)
        started.append(server.start(environment))
        return server.wait()

    yield begin
    for server in started:
        server.end()


def certificate(folder: Path, name: str) -> bytes:
    """A new one in `folder`; its octets."""
    made = trustme.CA().issue_cert(name)
    made.private_key_pem.write_to_path(folder / "key.pem")
    made.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    return ssl.PEM_cert_to_DER_cert(made.cert_chain_pems[0].bytes().decode())


def shown(where: tuple[str, int]) -> bytes:
    """The certificate that a new connection is shown."""
    client = ssl.create_default_context()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    with socket.create_connection(where, PATIENCE) as plain, client.wrap_socket(plain) as tls:
        return tls.getpeercert(binary_form=True) or b""


def test_a_letter_comes_in_by_smtp_and_is_read_by_imap_and_pop3(serve: Serve) -> None:
    server = serve()
    server.send("One letter")
    assert server.subjects() == ["One letter"]
    client = poplib.POP3(*server.ports["pop3"], timeout=PATIENCE)
    client.user(ALICE)
    client.pass_(PASSWORD)
    assert b"Subject: One letter" in client.retr(1)[1]
    client.quit()


def test_a_letter_is_seen_over_all_workers_at_once(serve: Serve) -> None:
    server = serve()
    for number in range(8):
        server.send(f"letter {number}")
        assert len(server.subjects()) == number + 1


@pytest.mark.parametrize("hints_dropped", ["0", "1"])
def test_idle_sessions_of_every_worker_hear_of_a_letter(serve: Serve, hints_dropped: str) -> None:
    server = serve(TAYORI_TEST_DROP_HINTS=hints_dropped)
    sessions = [idling(server.ports["imap"]) for _ in range(6)]
    server.send("news")
    for session in sessions:
        assert b"* 1 EXISTS\r\n" in iter(session.readline, b"")
        session.close()


def idling(where: tuple[str, int]) -> BufferedRWPair:
    """A session that waits for news of INBOX."""
    with socket.create_connection(where, PATIENCE) as plain:
        talk = plain.makefile("rwb")
    talk.write(f'a LOGIN {ALICE} "{PASSWORD}"\r\nb SELECT INBOX\r\nc IDLE\r\n'.encode())
    talk.flush()
    assert any(line.startswith(b"+ ") for line in iter(talk.readline, b""))
    return talk


def test_ports_are_said_in_the_order_of_the_settings(serve: Serve) -> None:
    assert list(serve().ports) == ["smtp", "submission", "imap", "imaps", "pop3"]


def test_a_second_start_is_refused_with_the_first_ones_number(serve: Serve) -> None:
    server = serve()
    second = server.tayori("serve")
    assert second.returncode == 1
    assert f"in use by pid {server.process.pid}" in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_server_that_nobody_could_reach_is_not_started(tmp_path: Path) -> None:
    server = Server(tmp_path / "server", SETTINGS.partition("[listen]")[0])
    done = server.tayori("serve")
    assert done.returncode == 1
    assert "tayori.toml: nothing is listened at; name services in [listen]" in done.stderr


def test_a_directory_that_cannot_be_used_is_told_without_a_traceback(tmp_path: Path) -> None:
    server = Server(tmp_path / "server", SETTINGS)
    server.data.mkdir(mode=0o700, parents=True)
    (server.data / "system.db").write_bytes(b"no database" * 100)
    done = server.tayori("serve")
    assert done.returncode == 1
    assert "system.db: file is not a database" in done.stderr
    assert "Traceback" not in done.stderr


def test_mail_flows_after_workers_were_killed(serve: Serve) -> None:
    server = serve()
    server.send("before")
    for pid in server.workers("front"):
        os.kill(pid, signal.SIGKILL)
    server.lines("replaced process=front", 2)
    server.send("after")
    assert server.subjects() == ["before", "after"]


def test_an_account_is_seen_while_the_server_runs(serve: Serve) -> None:
    server = serve()
    server.add(BOB)
    wait_until(lambda: knows(server, BOB))


def knows(server: Server, address: str) -> bool:
    with smtplib.SMTP(*server.ports["smtp"], timeout=PATIENCE) as client:
        client.ehlo()
        client.mail("someone@example.net")
        return client.rcpt(address)[0] == 250


def test_a_new_certificate_is_shown_after_sighup(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    first = certificate(tmp_path / "server", "mail.example.org")
    server = serve(SETTINGS + TLS)
    assert shown(server.ports["imaps"]) == first
    second = certificate(tmp_path / "server", "mail.example.org")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: all(shown(server.ports["imaps"]) == second for _ in range(6)))


def test_a_certificate_without_its_key_is_kept_out(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    first = certificate(tmp_path / "server", "mail.example.org")
    server = serve(SETTINGS + TLS)
    (tmp_path / "server" / "key.pem").unlink()
    server.process.send_signal(signal.SIGHUP)
    assert "key.pem" in server.lines("reload refused")[0]
    assert shown(server.ports["imaps"]) == first


def test_bad_settings_are_kept_out_and_told_with_their_line(serve: Serve) -> None:
    server = serve()
    server.file.write_text(SETTINGS + "[limits]\nmesage = 3\n")
    server.process.send_signal(signal.SIGHUP)
    assert "tayori.toml:16:1" in server.lines("reload refused")[0]
    server.send("still here")


def test_what_a_reload_cannot_change_is_told(serve: Serve) -> None:
    server = serve()
    server.file.write_text(SETTINGS.replace("workers = 2", "workers = 3"))
    server.process.send_signal(signal.SIGHUP)
    assert "workers" in server.lines("next start")[0]


def test_reindex_after_a_kill_doubles_nothing(serve: Serve) -> None:
    server = serve()
    pids = [*server.workers("front"), *server.workers("keeper"), server.process.pid]
    for number in range(6):
        server.send(f"letter {number}")
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    server.process.wait(PATIENCE)
    (server.data / "mail/example.org/alice/index.db").unlink()
    assert server.tayori("reindex").returncode == 0
    server.start().wait()
    assert server.subjects() == [f"letter {number}" for number in range(6)]


def test_a_life_whose_supervisor_was_killed_did_not_end_in_order(serve: Serve) -> None:
    """Its keeper said so while front workers could still write."""
    server = serve()
    pids = [*server.workers("front"), *server.workers("keeper")]
    server.process.kill()
    server.process.wait(PATIENCE)
    wait_until(lambda: not any(map(_alive, pids)))
    assert not (server.data / "clean").exists()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_successor_comes_to_the_same_data_after_a_reload(serve: Serve) -> None:
    """It was made from the new settings: mail went to another DATA than that of its brothers, or was refused there."""
    server = serve()
    server.send("before")
    server.file.write_text(SETTINGS.replace('data = "data"', 'data = "elsewhere"'))
    server.process.send_signal(signal.SIGHUP)
    server.lines("data is another now, which takes effect at the next start")
    server.lines("reload told to all processes")
    for pid in server.workers("front"):
        os.kill(pid, signal.SIGKILL)
    server.lines("replaced process=front", 2)
    server.send("after")
    assert server.subjects() == ["before", "after"]
    assert not (server.data.parent / "elsewhere").exists()


def test_a_new_domain_is_ours_after_sighup(serve: Serve) -> None:
    server = serve()
    server.file.write_text(SETTINGS.replace('["example.org"]', '["example.org", "example.com"]'))
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: all(_answer(server, "nobody@example.com") == 550 for _ in range(6)))


def _answer(server: Server, recipient: str) -> int:
    """550 5.1.1 of an own domain's nobody; another domain is 550 5.7.1, so its text is looked at too."""
    with smtplib.SMTP(*server.ports["smtp"], timeout=PATIENCE) as client:
        client.ehlo()
        client.mail("someone@example.net")
        code, text = client.rcpt(recipient)
        return code if b"5.1.1" in text else 0


def test_new_settings_reach_new_connections(serve: Serve) -> None:
    server = serve()
    server.file.write_text(SETTINGS + '[limits]\nmessage = "1M"\n')
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: all(size(server) == "1048576" for _ in range(6)))


def size(server: Server) -> str:
    with smtplib.SMTP(*server.ports["smtp"], timeout=PATIENCE) as client:
        client.ehlo()
        return client.esmtp_features["size"]


def test_a_stop_tells_sessions_and_ends_with_0(serve: Serve) -> None:
    server = serve()
    with (
        socket.create_connection(server.ports["smtp"], PATIENCE) as smtp,
        socket.create_connection(server.ports["imap"], PATIENCE) as imap,
    ):
        assert smtp.recv(1000).startswith(b"220 ")
        assert imap.recv(1000).startswith(b"* OK ")
        assert server.stop() == 0
        assert smtp.recv(1000).startswith(b"421 ")
        assert imap.recv(1000).startswith(b"* BYE ")


def test_mail_and_uids_are_the_same_after_a_restart(serve: Serve) -> None:
    server = serve()
    server.send("before")
    with server.mailbox() as client:
        before = client.response("UIDVALIDITY"), client.uid("SEARCH", "ALL")
    assert server.stop() == 0
    server.start().wait()
    with server.mailbox() as client:
        assert (client.response("UIDVALIDITY"), client.uid("SEARCH", "ALL")) == before


def test_connections_wait_while_all_workers_are_replaced(serve: Serve) -> None:
    server = serve()
    for pid in server.workers("front"):
        os.kill(pid, signal.SIGKILL)
    callers = [socket.create_connection(server.ports["smtp"], PATIENCE) for _ in range(8)]
    assert [caller.recv(4) for caller in callers] == [b"220 "] * 8
    for caller in callers:
        caller.close()


def test_the_environment_overrides_the_file(serve: Serve) -> None:
    assert size(serve(TAYORI_LIMITS__MESSAGE="2M")) == str(2 * 2**20)


def test_one_address_has_so_many_connections_over_all_workers(serve: Serve) -> None:
    server = serve(TAYORI_LIMITS__CONNECTIONS_PER_ADDRESS="3")
    callers = [socket.create_connection(server.ports["smtp"], PATIENCE) for _ in range(8)]
    greetings = sorted(caller.recv(4) for caller in callers)
    for caller in callers:
        caller.close()
    assert greetings == [b"220 "] * 3 + [b"421 "] * 5


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = SETTINGS.replace('smtp = "127.0.0.1:0"', f'smtp = "127.0.0.1:{other.getsockname()[1]}"')
        done = Server(tmp_path / "server", settings).tayori("serve")
    assert done.returncode == 1
    assert "smtp: cannot listen at 127.0.0.1" in done.stderr.splitlines()[-1]

"""A file, the environment and the command line to a Config, or to what is wrong with them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tayori.config import Config, ConfigError, load
from tayori.config.values import Endpoint, Route, Secret

WHOLE = """\
hostname = "mail.example.org"
domains = ["example.org", "example.net"]
data = "data"
workers = 3
user = "tayori"
[listen]
smtp = "0.0.0.0:25"
imap = ["127.0.0.1:143", "[::1]:143"]
lmtp = "unix:lmtp.sock"
[tls]
certificate = "fullchain.pem"
key = "privkey.pem"
[auth]
plaintext_without_tls = true
mechanisms = ["PLAIN"]
pop_before_smtp = "10m"
apop = true
[limits]
message = "25M"
recipients = 10
connections_per_address = 5
idle = "1h"
[imap]
without = ["idle", "IMAP4rev2"]
[relay]
via = "smtp+starttls://user@smtp.example.net:587"
password = { env = "RELAY_PASSWORD" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tayori.toml"


def loaded(
    file: Path, text: str, environ: Mapping[str, str] | None = None, overrides: Mapping[str, str] | None = None
) -> Config:
    file.write_text(text, encoding="utf-8")
    return load(file, environ or {}, overrides or {})


def problems(
    file: Path, text: str, environ: Mapping[str, str] | None = None, overrides: Mapping[str, str] | None = None
) -> list[str]:
    """Each problem as "line:column text", or "place text" outside the file."""
    with pytest.raises(ConfigError) as caught:
        loaded(file, text, environ, overrides)
    return [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems]


def test_every_key_of_the_design_is_read(file: Path) -> None:
    config = loaded(file, WHOLE)
    assert (config.hostname, config.domains, config.workers) == ("mail.example.org", ("example.org", "example.net"), 3)
    assert (config.data, config.user) == (file.parent / "data", "tayori")
    assert config.tls.certificate == (file.parent / "fullchain.pem",)
    assert config.tls.key == (file.parent / "privkey.pem",)
    assert (config.auth.plaintext_without_tls, config.auth.mechanisms) == (True, ("PLAIN",))
    assert (config.auth.pop_before_smtp, config.auth.apop) == (600.0, True)
    assert (config.limits.message, config.limits.recipients) == (25 * 2**20, 10)
    assert (config.limits.connections_per_address, config.limits.idle) == (5, 3600.0)
    assert config.imap.without == ("IDLE", "IMAP4REV2")
    assert config.relay.via == Route("smtp+starttls", "smtp.example.net", 587, "user")
    assert config.relay.password == Secret(variable="RELAY_PASSWORD")


def test_services_that_are_named_are_listened_for(file: Path) -> None:
    assert dict(loaded(file, WHOLE).listen) == {
        "smtp": (Endpoint("0.0.0.0", 25),),
        "lmtp": (Endpoint("", 0, str(file.parent / "lmtp.sock")),),
        "imap": (Endpoint("127.0.0.1", 143), Endpoint("::1", 143)),
    }


def test_without_a_file_there_are_safe_defaults() -> None:
    config = load(None, {}, {})
    assert (config.listen, config.domains, config.auth.plaintext_without_tls) == ({}, (), False)
    assert (config.data, config.limits.message) == (Path("/var/lib/tayori"), 50 * 2**20)
    assert config.hostname
    assert config.workers > 0


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(file: Path) -> None:
    environ = {"TAYORI_LIMITS__RECIPIENTS": "20", "TAYORI_LIMITS__IDLE": "20m", "TAYORI_HOSTNAME": "b.example"}
    config = loaded(file, '[limits]\nrecipients = 10\nmessage = "1M"', environ, {"limits.idle": "30m"})
    assert (config.limits.message, config.limits.recipients, config.limits.idle) == (2**20, 20, 1800.0)
    assert config.hostname == "b.example"


@pytest.mark.parametrize(
    ("variable", "value", "key", "meant"),
    [
        ("TAYORI_DOMAINS", "a.example,b.example", "domains", ("a.example", "b.example")),
        ("TAYORI_DOMAINS", '["a.example"]', "domains", ("a.example",)),
        ("TAYORI_WORKERS", "7", "workers", 7),
        ("TAYORI_USER", "7", "user", "7"),
    ],
)
def test_the_environment_has_no_types(file: Path, variable: str, value: str, key: str, meant: object) -> None:
    assert getattr(loaded(file, "", {variable: value}), key) == meant


def test_variables_of_others_are_let_alone(file: Path) -> None:
    assert loaded(file, "", {"TAYORI_CONFIG": "x", "TAYORI_OTHER": "y", "PATH": "z"}).file == file


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hostnam = 1", '1:1: unknown key "hostnam"; did you mean "hostname"?'),
        ("[listen]\n  imapss = 1", '2:3: unknown key "imapss" in [listen]; did you mean "imaps"?'),
        ("\n[lisen]\nx = 1", '2:2: unknown section [lisen]; did you mean "listen"?'),
        ("lisen = 1", '1:1: unknown key "lisen"; did you mean "listen"?'),
        ("limits = 1", '1:1: "limits" is a section; write [limits] on a line of its own and its keys below'),
        ("[tls]\nidle = 1", '2:1: "idle" does not belong here; it belongs to [limits]'),
        ("[tls]\nworkers = 1", '2:1: "workers" does not belong here; it belongs to the top, above the first section'),
        ("[tls]\nzzz = 1", '2:1: unknown key "zzz" in [tls]; known are certificate, key'),
        ("limits.idel = 1", '1:8: unknown key "idel" in [limits]; did you mean "idle"?'),
        ('[limits]\nidle = "5"', '2:1: "idle": \'5\' is no duration; write s, m, h or d as in "30m"'),
        ("a = ", "1:5: Invalid value; the file is TOML, see toml.io"),
        ("a = [1,", "1:8: Invalid value; the file is TOML, see toml.io"),
        ('a = """', "1:8: Unterminated string; the file is TOML, see toml.io"),
        ("a = 1\na = 2", "2:6: Cannot overwrite a value; the file is TOML, see toml.io"),
        ('[imap]\nwithout = ["IDEL"]', '2:1: "without": \'IDEL\' is no extension of IMAP here; did you mean "IDLE"?'),
        ('[tls]\ncertificate = "a"', '2:1: [tls] has 1 certificate and 0 key; give a "key" for each "certificate"'),
        ('[tls]\nkey = "a"', '2:1: [tls] has 0 certificate and 1 key; give a "certificate" for each "key"'),
    ],
)
def test_what_is_wrong_is_told_with_line_column_and_what_to_do(file: Path, text: str, problem: str) -> None:
    assert problems(file, text) == [problem]


def test_every_problem_is_told_at_once(file: Path) -> None:
    found = problems(
        file, "hostnam = 1\nworkers = -1\n[tsl]", {"TAYORI_LIMITS__IDEL": "1m"}, {"limits.message": "1X", "x.y": "1"}
    )
    assert [text.split(" ")[0] for text in found] == ["1:1:", "2:1:", "3:2:", "environment", "command", "command"]


def test_the_error_is_one_line_about_the_first_problem(file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(file, "workers = -1\nhostnam = 1\n")
    error = caught.value
    assert (error.file, error.line, error.column) == (str(file), 1, 1)
    assert str(error).startswith(f'{file}:1:1: "workers": -1 is no whole number')
    assert str(error).endswith("(and 1 more: tayori config check)")


@pytest.mark.parametrize(("octets", "advice"), [(b"\xff", "save it as UTF-8"), (None, "name another by --config")])
def test_a_file_that_cannot_be_read_is_told(file: Path, octets: bytes | None, advice: str) -> None:
    if octets is not None:
        file.write_bytes(octets)
    with pytest.raises(ConfigError, match=advice):
        load(file, {}, {})


def test_several_certificates_have_as_many_keys(file: Path) -> None:
    config = loaded(file, '[tls]\ncertificate = ["a", "b"]\nkey = ["c", "d"]')
    assert [path.name for path in config.tls.certificate + config.tls.key] == ["a", "b", "c", "d"]


def test_a_file_may_begin_with_the_mark_that_some_editors_write(file: Path) -> None:
    assert loaded(file, '\ufeffhostname = "a.example"\n').hostname == "a.example"

"""What may stand behind a key."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tayori.config import values
from tayori.config.values import Context, Endpoint, Rate, Route, Secret

CONTEXT = Context(Path("/etc/tayori"))


@pytest.mark.parametrize(
    ("read", "written", "meant"),
    [
        (values.text, "a b", "a b"),
        (values.flag, True, True),
        (values.count, 0, 0),
        (values.limit(1000), 0, 0),
        (values.limit(1000), 1000, 1000),
        (values.size, 10, 10),
        (values.size, "10", 10),
        (values.size, "1K", 1024),
        (values.size, "25M", 25 * 2**20),
        (values.size, "2 GiB", 2**31),
        (values.duration, "250ms", 0.25),
        (values.duration, "30m", 1800.0),
        (values.duration, "2 h", 7200.0),
        (values.duration, "1w", 604800.0),
        (values.duration_or_off, "off", None),
        (values.duration_or_off, "10m", 600.0),
        (values.rate, "10/s", Rate(10, 1.0)),
        (values.rate, "600/10m", Rate(600, 600.0)),
        (values.path, "a/b", Path("/etc/tayori/a/b")),
        (values.path, "/a/b", Path("/a/b")),
        (values.domain, "Example.ORG.", "example.org"),
        (values.domain, "xn--r8jz45g.example", "例え.example"),
        (values.domain, "例え.example", "例え.example"),
        (values.hostname, "例え.example", "xn--r8jz45g.example"),
        (values.hostname, "Mail.example", "mail.example"),
        (values.one_of(("PLAIN", "LOGIN")), "plain", "PLAIN"),
        (values.several(values.count), [1, 2], (1, 2)),
        (values.several(values.count), 1, (1,)),
        (values.several(values.domain), "a.example, b.example", ("a.example", "b.example")),
        (values.secret, "plain", Secret(text="plain")),
        (values.secret, {"env": "SECRET"}, Secret(variable="SECRET")),
        (values.secret, {"file": "a"}, Secret(file=Path("/etc/tayori/a"))),
        (values.endpoint, "127.0.0.1:25", Endpoint("127.0.0.1", 25)),
        (values.endpoint, "localhost:0", Endpoint("localhost", 0)),
        (values.endpoint, "[::1]:25", Endpoint("::1", 25)),
        (values.endpoint, "unix:/run/lmtp", Endpoint("", 0, "/run/lmtp")),
        (values.endpoint, "unix:lmtp", Endpoint("", 0, "/etc/tayori/lmtp")),
        (values.route, "smtp://mx.example", Route("smtp", "mx.example", 25)),
        (values.route, "smtps://me%40home@mx.example", Route("smtps", "mx.example", 465, "me@home")),
        (values.route, "smtp+starttls://me@mx.example:2587", Route("smtp+starttls", "mx.example", 2587, "me")),
    ],
)
def test_a_value_is_read(read: Callable[[object, Context], object], written: object, meant: object) -> None:
    assert read(written, CONTEXT) == meant


@pytest.mark.parametrize(
    ("read", "written", "advice"),
    [
        (values.text, 1, "write it in quotes"),
        (values.text, "", "write it in quotes"),
        (values.text, "a\nb", "write it in quotes"),
        (values.flag, "true", "without quotes"),
        (values.count, True, "without quotes"),
        (values.count, -1, "such as 50"),
        (values.count, "1", "without quotes"),
        (values.limit(1000), 999, "1000 or more"),
        (values.limit(1000), "off", "such as 50"),
        (values.size, "25X", '"25M"'),
        (values.size, -1, '"25M"'),
        (values.size, "2000000T", '"25M"'),
        (values.some(values.size), 0, "would let nothing in"),
        (values.some(values.duration), "0s", "would let nothing in"),
        (values.size, True, '"25M"'),
        (values.duration, 30, '"30m"'),
        (values.duration, "30", '"30m"'),
        (values.duration_or_off, "never", '"30m"'),
        (values.rate, "10", '"10/s"'),
        (values.domain, "a b", '"example.org"'),
        (values.domain, "-a.example", '"example.org"'),
        (values.domain, "xn--a.example", '"example.org"'),
        (values.domain, "a" * 256, '"example.org"'),
        (values.one_of(("PLAIN", "LOGIN")), "PLAN", "PLAIN, LOGIN"),
        (values.several(values.count), [1, "b"], "such as 50"),
        (values.secret, {"env": "SECRET", "file": "x"}, "{ env ="),
        (values.secret, 5, "{ env ="),
        (values.endpoint, "25", '"host:port"'),
        (values.endpoint, "::1:25", '"host:port"'),
        (values.endpoint, "127.0.0.1:65536", '"host:port"'),
        (values.endpoint, "unix:", '"host:port"'),
        (values.route, "http://mx.example", "smtp+starttls://"),
        (values.route, "smtp://", "smtp+starttls://"),
        (values.route, "smtp://me:pw@mx.example", "smtp+starttls://"),
        (values.route, "smtp://mx.example:x", "smtp+starttls://"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_write(
    read: Callable[[object, Context], object], written: object, advice: str
) -> None:
    with pytest.raises(ValueError) as caught:
        read(written, CONTEXT)
    assert advice in str(caught.value)


def test_a_secret_is_fetched_when_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\r\nmore\n")
    secrets = Secret(text="hush"), Secret(variable="SECRET"), Secret(file=tmp_path / "secret")
    assert [secret.revealed({"SECRET": "hush"}) for secret in secrets] == ["hush"] * 3


@pytest.mark.parametrize(
    ("secret", "advice"),
    [
        (Secret(variable="SECRET"), "set it before the start"),
        (Secret(file=Path("/does/not/exist")), "cannot read"),
    ],
)
def test_a_secret_that_is_not_there_is_told(secret: Secret, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        secret.revealed({})


@pytest.mark.parametrize("written", ["127.0.0.1:25", "[::1]:25", "unix:/run/lmtp"])
def test_an_endpoint_is_written_as_it_was_read(written: str) -> None:
    assert str(values.endpoint(written, CONTEXT)) == written

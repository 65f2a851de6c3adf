"""The tests with real clients skip, or fail, as the machine's promise asks."""

import pytest

from aids import clients


def test_a_program_that_is_here_is_given_by_its_path() -> None:
    assert clients.need("sh").endswith("/sh")


def test_an_absent_program_skips_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "REQUIRED", False)
    with pytest.raises(pytest.skip.Exception, match="no-such-mailer is not installed"):
        clients.need("no-such-mailer")


def test_an_absent_program_fails_the_test_where_it_was_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "REQUIRED", True)
    with pytest.raises(pytest.fail.Exception, match="no-such-mailer is not installed"):
        clients.need("no-such-mailer")


def test_root_is_asked_for_by_its_user_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "REQUIRED", False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(pytest.skip.Exception, match="not root"):
        clients.need_root()

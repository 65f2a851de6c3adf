"""A server for each module of tests with clients, and an account for each test."""

from collections.abc import Iterator

import pytest

from aids.office import Office, running


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A server that answers on every port, with two workers; at the end it must have nothing to complain of."""
    with running(Office(tmp_path_factory.mktemp("office"))) as server:
        yield server


@pytest.fixture
def account(office: Office) -> str:
    """The address of an empty account."""
    return office.new_account()

"""What SMTP's tests share."""

import pytest

from aids.house import House


@pytest.fixture
def house() -> House:
    return House()

"""Errors are borne up to a limit; good commands earn some back, and no more than was there."""

import pytest

from tayori.errors import TooManyErrors
from tayori.wire.budget import ErrorBudget


def test_the_last_error_of_the_budget_ends_it() -> None:
    budget = ErrorBudget(3)
    budget.spend()
    budget.spend()
    with pytest.raises(TooManyErrors):
        budget.spend()


def test_a_good_command_gives_one_error_back() -> None:
    budget = ErrorBudget(2)
    for _ in range(10):
        budget.spend()
        budget.earn()


def test_nothing_is_saved_up_by_being_good() -> None:
    budget = ErrorBudget(2)
    budget.earn()
    budget.spend()
    with pytest.raises(TooManyErrors):
        budget.spend()

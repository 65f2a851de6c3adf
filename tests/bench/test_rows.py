"""The rows of the table."""

from bench.rows import ROWS
from bench.runner import VARIANTS


def test_each_row_says_in_one_sentence_what_it_measures() -> None:
    assert not [row.name for row in ROWS if not row.says.endswith(".") or ". " in row.says]


def test_no_two_rows_have_one_name() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_what_a_row_names_beside_is_a_variant_of_dovecot() -> None:
    assert {row.beside for row in ROWS} == {"", *VARIANTS}


def test_each_row_has_an_aim() -> None:
    assert not [row.name for row in ROWS if (row.times is None) == (row.at_most is None)]

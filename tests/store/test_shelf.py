"""What is kept has a bound, and what was used last is there longest."""

from tayori.store.shelf import ENTRY, Shelf


def test_what_was_used_longest_ago_goes_first() -> None:
    shelf: Shelf[str] = Shelf(3 * (10 + ENTRY))
    for key in "abc":
        shelf.keep(key, key, 10)
    shelf.get("a")
    shelf.keep("d", "d", 10)
    assert [shelf.get(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_what_is_larger_than_the_shelf_is_not_kept() -> None:
    shelf: Shelf[str] = Shelf(10 + ENTRY)
    shelf.keep("a", "a", 11)
    assert shelf.get("a") is None


def test_what_comes_in_anothers_place_takes_only_its_own_room() -> None:
    shelf: Shelf[str] = Shelf(2 * (10 + ENTRY))
    for thing in "abcd":
        shelf.keep("one", thing, 10)
    shelf.keep("other", "e", 10)
    assert (shelf.get("one"), shelf.get("other")) == ("d", "e")

"""Between two listings lie events; whoever applies them to the first has the second. RFC 5465 section 5.4."""

from hypothesis import given
from hypothesis import strategies as st

from tayori.imap.notify_groups import Event
from tayori.imap.notify_names import Affected, Own, affected, with_levels_above
from tayori.model import MailboxInfo, MailboxName

NAMES = ("A", "A/B", "A/B/C", "X", "X/B", "X/Y/C", "Z")
listings = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(st.sampled_from(["", "1", "2", "3", "4"]), st.booleans()), max_size=5
)


def listing(**names: str) -> dict[str, MailboxInfo]:
    """Names and ids; a plus behind the id: subscribed."""
    return {
        name.replace("_", "/"): MailboxInfo(
            MailboxName(name.replace("_", "/")), id.removesuffix("+"), "", subscribed=id.endswith("+")
        )
        for name, id in names.items()
    }


def told(found: list[Affected]) -> list[tuple[str, str]]:
    return [(one.name, one.old_name) for one in found]


def test_a_rename_tells_the_old_name_and_nothing_of_what_lies_below() -> None:
    found = affected(listing(A="1", A_B="2", A_B_C="3"), listing(Z="1", Z_B="2", Z_B_C="3"), Own())
    assert told(found) == [("Z", "A")]


def test_what_was_renamed_alone_is_told_alone() -> None:
    found = affected(listing(A="1", A_B="2", X="4"), listing(A="1", X_B="2", X="4"), Own())
    assert told(found) == [("X/B", "A/B")]


def test_what_lies_under_two_renames_is_told_where_it_has_another_last_name() -> None:
    found = affected(listing(A="1", A_B="2"), listing(Z="1", Z_C="2"), Own())
    assert told(found) == [("Z", "A"), ("Z/C", "A/B")]


def test_what_comes_and_goes_is_told_with_what_lies_above() -> None:
    assert told(affected(listing(A="1"), listing(A="1", A_B="2"), Own())) == [("A/B", ""), ("A", "")]
    assert told(affected(listing(A="1", A_B="2"), listing(A="1"), Own())) == [("A/B", ""), ("A", "")]


def test_what_was_deleted_and_made_anew_is_told_as_it_is_now() -> None:
    found = affected(listing(A="1"), listing(A="2"), Own())
    assert [(one.before and one.before.id, one.after and one.after.id) for one in found] == [("1", "2"), ("2", "2")]


def test_subscriptions_are_told_also_where_no_mailbox_is() -> None:
    found = affected(listing(A="1", Z="+"), listing(A="1+"), Own())
    assert [(one.name, one.event) for one in found] == [
        ("A", Event.SUBSCRIPTION_CHANGE),
        ("Z", Event.SUBSCRIPTION_CHANGE),
    ]


def test_what_the_client_did_is_not_told_it() -> None:
    own = Own(made=frozenset("AZ"), gone=frozenset("B"), subscribed=frozenset("S"))
    assert affected(listing(B="1", C="2", S=""), listing(A="3", Z="2", S="+"), own) == []


def _shown(drawn: dict[str, tuple[str, bool]]) -> dict[str, MailboxInfo]:
    """With each id once."""
    ids: set[str] = set()
    infos = {}
    for name, (id, subscribed) in drawn.items():
        kept = "" if id in ids else id
        ids.add(id)
        if kept or subscribed:
            infos[name] = MailboxInfo(MailboxName(name), kept, "", subscribed)
    return infos


def subscribed(info: MailboxInfo | None) -> bool:
    return info is not None and info.subscribed


@given(listings, listings)
def test_all_that_differs_is_told(drawn: dict[str, tuple[str, bool]], again: dict[str, tuple[str, bool]]) -> None:
    old, new = _shown(drawn), _shown(again)
    names = {one.name for one in affected(old, new, Own())}
    went_along = {
        now.name
        for info in old.values()
        for now in new.values()
        if info.id and info.id == now.id and info.name.rpartition("/")[2] == now.name.rpartition("/")[2]
    }
    for name in {*old, *new}:
        before, after = old.get(name), new.get(name)
        if subscribed(before) != subscribed(after):
            assert name in names
        if after is not None and after.id and (before is None or before.id != after.id):
            assert name in names or name in went_along


def test_levels_above() -> None:
    assert list(with_levels_above("a/b/c")) == ["a", "a/b", "a/b/c"]

"""What NOTIFY asks for: filters, events, what goes together. RFC 5465 sections 5, 6 and 8."""

from functools import reduce
from operator import or_

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.errors import BadEvent, NotificationOverflow, ProtocolError, Refusal
from tayori.imap.fetch_items import ITEMS
from tayori.imap.grammar import Arguments
from tayori.imap.notify_groups import MAX_GROUPS, MAX_NAMED, MESSAGES_CHANGE, Event, Selected, Wanted, told, wanted
from tayori.model import MailboxInfo, MailboxName

INBOX, LIST, BELOW, OTHER = (
    MailboxInfo(MailboxName(name), name, "", subscribed=name != "Other")
    for name in ("INBOX", "Lists", "Lists/One", "Other")
)
NAMED = {
    "MessageNew": Event.MESSAGE_NEW,
    "MessageExpunge": Event.MESSAGE_EXPUNGE,
    "FlagChange": Event.FLAG_CHANGE,
    "MailboxName": Event.MAILBOX_NAME,
    "SubscriptionChange": Event.SUBSCRIPTION_CHANGE,
    "MailboxMetadataChange": Event.MAILBOX_METADATA_CHANGE,
    "ServerMetadataChange": Event.SERVER_METADATA_CHANGE,
}


def asked(text: str) -> Wanted:
    return wanted(Arguments(f" {text}".encode()), ITEMS, told({b"METADATA"}))


@pytest.mark.parametrize(
    ("filter", "held"),
    [
        ("INBOXES", [INBOX]),
        ("personal", [INBOX, LIST, BELOW, OTHER]),
        ("Subscribed", [INBOX, LIST, BELOW]),
        ("SUBTREE Lists", [LIST, BELOW]),
        ("subtree (Other lists)", [OTHER]),
        ("MAILBOXES Lists", [LIST]),
        ('mailboxes ("inbox" {5}\r\nOther)', [INBOX, OTHER]),
    ],
)
def test_a_filter_holds_its_mailboxes_and_no_others(filter: str, held: list[MailboxInfo]) -> None:
    found = asked(f"SET ({filter} (MailboxName))")
    assert [info for info in (INBOX, LIST, BELOW, OTHER) if found.events(info)] == held


def test_the_first_group_that_holds_a_mailbox_counts() -> None:
    found = asked("SET (MAILBOXES Lists/One NONE) (SUBTREE Lists (MailboxName)) (PERSONAL (SubscriptionChange))")
    assert [found.events(info) for info in (BELOW, LIST, OTHER)] == [
        Event.NOTHING,
        Event.MAILBOX_NAME,
        Event.SUBSCRIPTION_CHANGE,
    ]


def test_the_selected_mailbox_has_a_group_of_its_own() -> None:
    found = asked("SET (PERSONAL (MailboxName)) (selected (MessageNew (UID BODY[]) MessageExpunge))")
    assert (found.selected.events, found.selected.at_once) == (MESSAGES_CHANGE, True)
    assert found.selected.fetch is not None
    assert [(text.label, text.seen) for text in found.selected.fetch.texts] == [(b"BODY[]", False)]


def test_delayed_is_not_at_once() -> None:
    found = asked("SET (SELECTED-DELAYED (FlagChange MessageExpunge MessageNew))")
    assert found.selected == Selected(MESSAGES_CHANGE | Event.FLAG_CHANGE)


def test_none_asks_for_nothing() -> None:
    assert asked("none") == Wanted() == asked("SET (SELECTED-DELAYED NONE)")._replace(noop=False)


@pytest.mark.parametrize("text", ["SET STATUS (PERSONAL NONE)", "set status (personal none)"])
def test_status_is_asked_for_before_the_groups(text: str) -> None:
    assert asked(text).status


events = st.sets(st.sampled_from(sorted(NAMED)), min_size=1)


@given(events)
def test_events_come_as_they_were_named_where_they_go_together(names: set[str]) -> None:
    wished = reduce(or_, (NAMED[name] for name in names))
    both = wished & MESSAGES_CHANGE == MESSAGES_CHANGE
    alone = not wished & (MESSAGES_CHANGE | Event.FLAG_CHANGE)
    text = f"SET (PERSONAL ({' '.join(sorted(names))}))"
    if both or alone:
        assert asked(text).events(OTHER) == wished
    else:
        with pytest.raises(ProtocolError):
            asked(text)


@given(st.text(st.sampled_from('SELECTED NONE PERSONAL MessageNew()" {1}\r\n'), max_size=60))
def test_no_text_is_more_than_refused(text: str) -> None:
    try:
        asked(f"SET ({text}")
    except Refusal:
        pass


@pytest.mark.parametrize("event", ["AnnotationChange", "Weather"])
def test_an_event_that_is_not_told_here_is_refused_once_all_is_grammar(event: str) -> None:
    with pytest.raises(BadEvent):
        asked(f"SET (SELECTED (MessageNew MessageExpunge {event}))")
    with pytest.raises(ProtocolError):
        asked(f"SET (SELECTED (MessageNew MessageExpunge {event})) (PERSONAL)")


@pytest.mark.parametrize(
    ("offered", "more"),
    [
        ("IDLE", Event.NOTHING),
        ("METADATA-SERVER", Event.SERVER_METADATA_CHANGE),
        ("METADATA", Event.SERVER_METADATA_CHANGE | Event.MAILBOX_METADATA_CHANGE),
    ],
)
def test_what_is_noted_is_told_where_it_is_spoken_of(offered: str, more: Event) -> None:
    assert told({offered.encode()}) & ~told(()) == more


def test_groups_and_names_have_limits() -> None:
    group, names = " (INBOXES NONE)", " ".join(f"n{number}" for number in range(MAX_NAMED))
    assert len(asked("SET" + group * MAX_GROUPS).groups) == MAX_GROUPS
    assert len(asked(f"SET (MAILBOXES ({names}) NONE)").groups) == 1
    for text in (f"SET{group * (MAX_GROUPS + 1)}", f"SET (MAILBOXES ({names}) NONE) (SUBTREE one NONE)"):
        with pytest.raises(NotificationOverflow):
            asked(text)

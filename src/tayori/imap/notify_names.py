"""Which names of mailboxes an event affects: the difference between two listings. RFC 5465 sections 5.4 and 5.5.

A mailbox is the same one while its id is; what lies below one that was renamed goes with it untold.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tayori.imap.notify_groups import Event
from tayori.model import DELIMITER, MailboxInfo, MailboxName

Listing = Mapping[str, MailboxInfo]
"""By name, in LIST's order."""


class Own(NamedTuple):
    """What the client's own command has made so."""

    made: frozenset[str] = frozenset()  # mailboxes that are there now, by that name
    gone: frozenset[str] = frozenset()
    subscribed: frozenset[str] = frozenset()  # names that are subscribed to now, or are no more


class Affected(NamedTuple):
    """A name that is told, if the mailbox before the event or after it is one that is watched."""

    name: MailboxName
    event: Event
    before: MailboxInfo | None
    after: MailboxInfo | None
    old_name: str = ""  # where it was renamed


def affected(old: Listing, new: Listing, own: Own) -> list[Affected]:
    """What has happened between two listings, but for what the client itself has done."""
    before, after = _other_by_id(old, new), _other_by_id(new, old)
    found = list(_renamed(before, after, old, new, own))
    for id, info in before.items():
        if id not in after and info.name not in own.gone:
            found += _with_parent(info.name, info, new)
    for id, info in after.items():
        if id not in before and info.name not in own.made:
            found += _with_parent(info.name, info, new)
    return [*found, *_resubscribed(old, new, own)]


def _other_by_id(listing: Listing, than: Listing) -> dict[str, MailboxInfo]:
    """Mailboxes that are not in the other listing as they are in this one."""
    return {info.id: info for name, info in listing.items() if info.id and than.get(name) != info}


def _renamed(before: Listing, after: Listing, old: Listing, new: Listing, own: Own) -> Iterator[Affected]:
    for id, info in before.items():
        now = after.get(id)
        if now is None or now.name == info.name or now.name in own.made:
            continue
        if not _went_along(info.name, now.name, old, new):
            yield Affected(now.name, Event.MAILBOX_NAME, info, now, info.name)


def _went_along(before: str, after: str, old: Listing, new: Listing) -> bool:
    """Whether what lies above was renamed, and this with it."""
    (above, _, leaf), (above_now, _, leaf_now) = before.rpartition(DELIMITER), after.rpartition(DELIMITER)
    if leaf != leaf_now or above == above_now or above not in old or above_now not in new:
        return False
    return old[above].id == new[above_now].id


def _with_parent(name: MailboxName, info: MailboxInfo, new: Listing) -> Iterator[Affected]:
    """A mailbox that came or went, and the one above it, which has others below it now or has none."""
    yield Affected(name, Event.MAILBOX_NAME, info, new.get(name))
    above = new.get(name.rpartition(DELIMITER)[0])
    if above is not None:
        yield Affected(above.name, Event.MAILBOX_NAME, above, above)


def _resubscribed(old: Listing, new: Listing, own: Own) -> Iterator[Affected]:
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        was, now = before is not None and before.subscribed, after is not None and after.subscribed
        if was != now and name not in own.subscribed:
            yield Affected(MailboxName(name), Event.SUBSCRIPTION_CHANGE, before, after)


def with_levels_above(name: str) -> Iterable[str]:
    """ "a/b/c" gives "a", "a/b", "a/b/c": all that making the last may make."""
    levels = name.split(DELIMITER)
    return [DELIMITER.join(levels[: depth + 1]) for depth in range(len(levels))]

"""What IMAP and POP3 do to the messages of a mailbox, as set statements within one step. RFC 3501 section 6.4.

Law: counters, journal and rows change together; a message that goes leaves a row in `doomed` until its file is gone.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import apsw

from tayori.errors import MailboxGone
from tayori.model import DELETED, FIRST_KEYWORD_BIT, MAX_KEYWORDS, SEEN, Copied, FlagChange, Ranges, Replaced, Stored
from tayori.store import flags as names
from tayori.store import quota, sql
from tayori.store.among import Part, exactly, parts, runs, uids
from tayori.store.journal import LAST_MODSEQ, LAST_UID, Step

Carry = Callable[[Step, int, Ranges, int, int], Copied]
"""`copy` or `move`: (step, mailbox, ranges, target, now)."""

EVERYTHING = ((1, LAST_UID),)

# For each of STORE's ways: the new flags, and which messages change at all.
_WAYS = {
    FlagChange.ADD: ("flags | :mask", "flags & :mask != :mask"),
    FlagChange.REMOVE: ("flags & ~:mask", "flags & :mask != 0"),
    FlagChange.REPLACE: (":mask", "flags != :mask"),
}


def keywords_of(db: apsw.Connection, mailbox_id: int) -> tuple[str, ...]:
    """The mailbox's keywords. Raises MailboxGone."""
    row = db.execute("select keywords from mailbox where id = ? and name is not null", (mailbox_id,)).get
    if row is None:
        raise MailboxGone("The mailbox was deleted")
    return names.split(row)


def learn(step: Step, mailbox_id: int, flags: Sequence[str]) -> tuple[str, ...]:
    """The mailbox's keywords with the new ones among `flags`. Raises TooMany, MailboxGone."""
    known = keywords_of(step.db, mailbox_id)
    learnt = names.learnt(flags, known)
    if learnt != known:
        step.db.execute("update mailbox set keywords = ? where id = ?", (" ".join(learnt), mailbox_id))
        step.count(mailbox_id, 0, 0, 0, 0)  # who follows learns of the keywords with its HIGHESTMODSEQ
    return learnt


def store(
    step: Step, mailbox_id: int, ranges: Ranges, change: FlagChange, flags: Sequence[str], unchanged_since: int | None
) -> Stored:
    """STORE; messages that have the flags already keep their MODSEQ. RFC 7162 section 3.1.3 for `unchanged_since`."""
    learnt = learn(step, mailbox_id, () if change is FlagChange.REMOVE else flags)
    mask = names.known(flags, learnt)
    least = LAST_MODSEQ if unchanged_since is None else unchanged_since
    refused = [] if unchanged_since is None else uids(step.db, mailbox_id, ranges, "modseq > :least", least=least)
    touched = [part for part in parts(mailbox_id, ranges) if _store(step, mailbox_id, part, change, mask, least)]
    if touched:
        step.touch(mailbox_id, chain.from_iterable(part.ranges for part in touched))
    return Stored(refused, step.modseq if step.changed else _modseq(step.db))


def _store(step: Step, mailbox_id: int, part: Part, change: FlagChange, mask: int, least: int) -> bool:
    """Whether any of them has changed: of those whose MODSEQ is `least` or less."""
    new, differs = _WAYS[change]
    where = f"where {part.where} and {differs} and modseq <= :least"
    bindings = {**part.bindings, "mask": mask, "least": least}
    changed, unseen, deleted = step.db.execute(
        f"select count(*), total(({new}) & {SEEN} = 0) - total(flags & {SEEN} = 0),"
        f" total(({new}) & {DELETED} != 0) - total(flags & {DELETED} != 0) from entry {where}",
        bindings,
    ).get
    if changed:
        step.db.execute(f"update entry set flags = {new}, modseq = :now {where}", {**bindings, "now": step.modseq})
        step.count(mailbox_id, 0, int(unseen), int(deleted), 0)
    return bool(changed)


def copy(step: Step, mailbox_id: int, ranges: Ranges, target_id: int, now: int) -> Copied:
    """COPY, in the order of the UIDs. Raises OverQuota, TooMany (keywords), MailboxGone."""
    source = uids(step.db, mailbox_id, ranges)
    messages, _, _, octets = _totals(step.db, exactly(mailbox_id, source))
    quota.check(step.db, octets, messages)
    return _copy(step, mailbox_id, source, target_id, now)


def _copy(step: Step, mailbox_id: int, source: list[int], target_id: int, now: int) -> Copied:
    db = step.db
    uid_validity = db.execute("select uid_validity from mailbox where id = ?", (target_id,)).get
    if not source:
        return Copied(uid_validity, [], [])
    chosen = exactly(mailbox_id, source)
    flags = _translation(step, mailbox_id, chosen, target_id)
    first = step.uids(target_id, len(source))
    step.count(target_id, *_totals(db, chosen))
    below = first - 1
    for part in chosen:
        db.execute(
            f"insert into entry select :target, :below + row_number() over (order by uid), mail_id, {flags}, :modseq,"
            " size, :now, null, iif(filed is null, from_mailbox, mailbox_id), iif(filed is null, from_uid, uid)"
            f" from entry where {part.where} order by uid",
            {**part.bindings, "target": target_id, "below": below, "modseq": step.modseq, "now": now},
        )
        below += db.changes()
    return Copied(uid_validity, source, list(range(first, below + 1)))


def move(step: Step, mailbox_id: int, ranges: Ranges, target_id: int, now: int) -> Copied:
    """MOVE: as COPY, then gone from here; the account does not grow. RFC 6851."""
    copied = _copy(step, mailbox_id, uids(step.db, mailbox_id, ranges), target_id, now)
    _remove(step, mailbox_id, copied.source)
    return copied


def expunge(step: Step, mailbox_id: int, ranges: Ranges | None) -> list[int]:
    """The UIDs of the \\Deleted messages, which are gone now. Raises MailboxGone."""
    keywords_of(step.db, mailbox_id)
    gone = uids(step.db, mailbox_id, EVERYTHING if ranges is None else ranges, f"flags & {DELETED}")
    _remove(step, mailbox_id, gone)
    return gone


def remove(step: Step, mailbox_id: int, ranges: Ranges) -> list[int]:
    """The UIDs of these messages, which are gone now whatever their flags. Raises MailboxGone."""
    keywords_of(step.db, mailbox_id)
    gone = uids(step.db, mailbox_id, ranges)
    _remove(step, mailbox_id, gone)
    return gone


def replace(step: Step, old: Replaced) -> None:
    """Remove what another message has come for; that it is gone already does no harm. RFC 8508 section 3.4."""
    going = replaced(step.db, old)
    if going is not None:
        _remove(step, going[0], [old.uid])


def replaced(db: apsw.Connection, old: Replaced) -> tuple[int, int] | None:
    """The mailbox and the octets of what another message comes for; None: it is gone already."""
    query = (
        "select b.id, b.name, e.size from mailbox b left join entry e on e.mailbox_id = b.id and e.uid = ?"
        " where b.uid_validity = ? and b.name is not null"
    )
    alike = sql.rows(tuple[int, str, int | None], db, query, (old.uid, old.uid_validity))
    for mailbox_id, name, octets in alike:  # several only in what Dovecot has left
        if (len(alike) == 1 or name == old.mailbox) and octets is not None:
            return mailbox_id, octets
    return None


def withdraw(step: Step, uid_validity: int, uid: int) -> None:
    """Take a message back that arrived there, and whatever was copied from it since."""
    db = step.db
    mailbox_id = db.execute("select id from mailbox where uid_validity = ?", (uid_validity,)).get
    mail_id = db.execute(
        "select mail_id from entry where mailbox_id = ?1 and uid = ?2 union all"
        " select mail_id from doomed where mailbox_id = ?1 and uid = ?2",
        (mailbox_id, uid),
    ).get
    query = "select mailbox_id, uid from entry where mail_id = ? and from_uid is not null"
    for place_id, place_uid in [*sql.rows(tuple[int, int], db, query, (mail_id,)), (mailbox_id, uid)]:
        if uids(db, place_id, [(place_uid, place_uid)]):
            _remove(step, place_id, [place_uid])


def _remove(step: Step, mailbox_id: int, gone: Sequence[int]) -> None:
    """Messages that are there, by their ascending UIDs."""
    if not gone:
        return
    chosen = exactly(mailbox_id, gone)
    messages, unseen, deleted, size = _totals(step.db, chosen)
    for part in chosen:
        step.db.execute(
            "insert into doomed select mailbox_id, uid, mail_id, filed, from_mailbox, from_uid, :modseq"
            f" from entry where {part.where}",
            {**part.bindings, "modseq": step.modseq},
        )
        step.db.execute(f"delete from entry where {part.where}", part.bindings)
    step.count(mailbox_id, -messages, -unseen, -deleted, -size)
    step.touch(mailbox_id, runs(gone))


def _totals(db: apsw.Connection, chosen: Iterable[Part]) -> tuple[int, int, int, int]:
    """Messages, unseen, deleted and octets of these: what `Step.count` adds."""
    sums = [0, 0, 0, 0]
    for part in chosen:
        query = (
            f"select count(*), total(flags & {SEEN} = 0), total(flags & {DELETED} != 0), total(size)"
            f" from entry where {part.where}"
        )
        for at, value in enumerate(db.execute(query, part.bindings).get):
            sums[at] += int(value)
    return sums[0], sums[1], sums[2], sums[3]


def _translation(step: Step, mailbox_id: int, chosen: Iterable[Part], target_id: int) -> str:
    """The SQL for a copy's flags; keywords that the target lacks are made there. Raises TooMany, MailboxGone."""
    known = keywords_of(step.db, mailbox_id)
    if mailbox_id == target_id or not known:
        return "flags"
    mask = 0
    for part in chosen:
        query = f"select distinct flags >> {FIRST_KEYWORD_BIT} from entry where {part.where}"
        for bits in sql.column(int, step.db, query, part.bindings):
            mask |= bits
    used = [keyword for bit, keyword in enumerate(known[:MAX_KEYWORDS]) if mask >> bit & 1]
    return names.remapped(used, known, learn(step, target_id, used)) if used else "flags"


def _modseq(db: apsw.Connection) -> int:
    return int(db.execute("select modseq from account").get)

"""Arrivals into an account: files under their final names, then rows, one transaction. DESIGN sections 1 and 5.

Law: nothing is synced here. The same arrival may come again after a crash: what its account has seen already is not
placed twice, and its file is written whole once more, for after a power cut it may have a name and no octets.
"""

import logging
import os
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import apsw

from tayori.errors import OverQuota, TryLater
from tayori.message.date import internal_date
from tayori.model import DELETED, INBOX, SEEN, Arrival, MailboxName, Placement
from tayori.store import change, flags, locate, maildir, quota, sql
from tayori.store.account import AccountMail, Target
from tayori.store.among import runs
from tayori.store.deposit import deposit
from tayori.store.faults import FAULTS, refusal
from tayori.store.heal import heal
from tayori.store.journal import Step

ATTEMPTS = 5  # while mailboxes are renamed under it

_log = logging.getLogger("tayori.store")


class _Filed(NamedTuple):
    """An arrival whose file stands under its final name."""

    arrival: Arrival
    target: Target
    folder: str  # the target's, or what the mirror is about to call it
    name: str
    filed: int
    size: int


class _Moved(Exception):
    """A mailbox was renamed or deleted after it was looked for."""


Answer = Placement | Exception | None


async def place(mail: AccountMail, arrivals: Sequence[Arrival], host: str) -> list[Answer]:
    """One answer an arrival, as ports.Applier says. Raises TryLater, NoSpace: then none is placed."""
    async with mail.placing:  # were a later arrival placed first, a crash would lose the earlier one
        return await _in_turn(mail, arrivals, _names(arrivals, host))


async def _in_turn(mail: AccountMail, arrivals: Sequence[Arrival], names: Sequence[str]) -> list[Answer]:
    if mail.applied is None:
        mail.applied = dict(await mail.catalog.rows(tuple[str, int], "select log, sequence from applied"))
    applied = mail.applied
    seen = [arrival.position.sequence <= applied.get(arrival.position.log, -1) for arrival in arrivals]
    if not any(seen):
        return [*await _placed(mail, list(zip(arrivals, names, strict=True)))]
    await heal(mail, {name: arrival for name, arrival, old in zip(names, arrivals, seen, strict=True) if old})
    fresh = [(arrival, name) for name, arrival, old in zip(names, arrivals, seen, strict=True) if not old]
    placed = iter(await _placed(mail, fresh) if fresh else ())
    return [None if old else next(placed) for old in seen]


async def _placed(mail: AccountMail, fresh: Sequence[tuple[Arrival, str]]) -> list[Placement | OverQuota]:
    for _ in range(ATTEMPTS):
        if any(arrival.flags for arrival, _ in fresh):
            mail.targets.clear()  # others may have taught the mailbox a keyword, which files' names tell
        remembered = set(mail.targets)
        targets = {name: await _target(mail, name) for name in {arrival.mailbox for arrival, _ in fresh}}
        files: list[_Filed] = []
        try:
            for arrival, name in fresh:
                known = arrival.mailbox in remembered
                files.append(_file(mail, arrival, name, targets[arrival.mailbox], known))
            answers = await mail.change(partial(_rows, mail=mail, files=files))
            mail.note_applied(arrival.position for arrival, _ in fresh)
            _discard_refused(mail, files, answers)
            return answers
        except _Moved:
            mail.targets.clear()
            _discard(mail, files)
        except FAULTS as fault:
            _discard(mail, files)
            raise refusal(fault) from fault
        except BaseException:
            _discard(mail, files)
            raise
    raise TryLater("The mailbox is being renamed")


def _names(arrivals: Sequence[Arrival], host: str) -> list[str]:
    """The files' unique names, the same whenever these arrivals come together."""
    nth: dict[str, int] = {}
    names = []
    for arrival in arrivals:
        number = nth[arrival.spool_id] = nth.get(arrival.spool_id, -1) + 1
        size = os.stat(arrival.path).st_size if arrival.path else len(arrival.content)
        names.append(
            maildir.unique_name(arrival.received, arrival.spool_id, number, host, size, arrival.digest.wire_size)
        )
    return names


async def _target(mail: AccountMail, name: MailboxName) -> Target:
    """The mailbox of that name, or INBOX where it is not there; as it was, once it was found: `_rows` looks anew."""
    if name in mail.targets:
        return mail.targets[name]
    mailbox_id, found, folder, keywords = (await _standing(mail, name) or await _standing(mail, INBOX))[0]
    target = Target(mailbox_id, MailboxName(found), folder, flags.split(keywords))
    if found == name:
        mail.targets[name] = target
    return target


async def _standing(mail: AccountMail, name: MailboxName) -> list[tuple[int, str, str, str]]:
    """None, or the one of that name. Both names by `in` would be a table that each connection has to make first."""
    query = "select id, name, folder, keywords from mailbox where name = ? and selectable"
    return await mail.catalog.rows(tuple[int, str, str, str], query, (name,))


def _file(mail: AccountMail, arrival: Arrival, name: str, target: Target, remembered: bool) -> _Filed:
    """Put the file where it belongs. Raises OSError; _Moved: a `remembered` target's folder is not there any more."""
    filed = maildir.filed(flags.known(arrival.flags, target.keywords), in_cur=False)
    folder, where = target.folder, maildir.place(name, filed)
    try:
        size = deposit(mail, arrival, f"{mail.root}/{folder}", where)
    except FileNotFoundError:  # a mailbox's folder is made when it is first needed
        if not mail.folder.is_dir():
            raise
        if remembered:
            raise _Moved from None
        folder = locate.standing(mail.catalog.db(), mail.root, target.id, target.folder, target.name)
        maildir.make(mail.root, folder)
        try:
            size = deposit(mail, arrival, f"{mail.root}/{folder}", where)
        except FileNotFoundError:  # renamed in this moment
            raise _Moved from None
    return _Filed(arrival, target, folder, name, filed, size)


def _discard(mail: AccountMail, files: Sequence[_Filed]) -> None:
    for file in files:
        try:
            os.unlink(f"{mail.root}/{file.folder}/{maildir.place(file.name, file.filed)}")
        except OSError:  # the mirror has moved it, or the disk fails: it is swept up later
            continue


def _discard_refused(mail: AccountMail, files: Sequence[_Filed], answers: Sequence[Placement | OverQuota]) -> None:
    refused = [file for file, answer in zip(files, answers, strict=True) if isinstance(answer, OverQuota)]
    if refused:
        _log.info("event=over-quota account=%r messages=%d", mail.account, len(refused))
        _discard(mail, refused)


# ---- What there is no room for


def _refused(db: apsw.Connection, files: Sequence[_Filed]) -> dict[int, OverQuota]:
    """Why some may not come, by id(file): each has the room that those before it left; what comes together is one."""
    left = quota.left(db)
    groups: dict[tuple[str, int], list[_Filed]] = {}
    for file in files:
        log, sequence = file.arrival.position
        groups.setdefault((log, file.arrival.together or sequence), []).append(file)
    refused: dict[int, OverQuota] = {}
    for group in groups.values():
        growth = [_growth(db, file) for file in group]
        try:
            left.take(sum(octets for octets, _ in growth), sum(messages for _, messages in growth))
        except OverQuota as full:
            refused.update((id(file), full) for file in group)
    return refused


def _growth(db: apsw.Connection, file: _Filed) -> tuple[int, int]:
    """Octets and messages, without what goes for it."""
    old, octets = file.arrival.replaces, file.arrival.digest.wire_size
    going = change.replaced(db, old) if old is not None and file.target.name == file.arrival.mailbox else None
    return (octets, 1) if going is None else (octets - going[1], 0)


# ---- Rows


class _Room(NamedTuple):
    """What a mailbox's row says before new messages come."""

    uid_validity: int
    uid_next: int
    uid_limit: int
    last_mail: int
    limited: bool  # the account has a quota


def _rows(step: Step, mail: AccountMail, files: Sequence[_Filed]) -> list[Placement | OverQuota]:
    """Raises _Moved, Exhausted."""
    targets = {file.target.id: file.target for file in files}
    rooms = {target.id: _room(step.db, target) for target in targets.values()}
    limited = any(room.limited for room in rooms.values()) and not files[0].arrival.promised
    answers: dict[int, Placement | OverQuota] = {**(_refused(step.db, files) if limited else {})}
    kept = [file for file in files if id(file) not in answers]
    last_mail = max(room.last_mail for room in rooms.values())
    for target in targets.values():
        room = rooms[target.id]._replace(last_mail=last_mail)
        here = [file for file in kept if file.target.id == target.id]
        if not here:
            continue
        uids = _uids(step.db, target, room, here)
        _insert(step, target, room, here, uids, mail.now())
        last_mail += len(here)
        for file, uid in zip(here, uids, strict=True):
            answers[id(file)] = Placement(mail.account, target.name, room.uid_validity, uid)
    for file in kept:
        if file.arrival.replaces is not None and file.target.name == file.arrival.mailbox:
            change.replace(step, file.arrival.replaces)  # not for one that lies elsewhere and may be withdrawn
    step.db.executemany(
        "insert into applied values(?, ?) on conflict do update set sequence = max(sequence, excluded.sequence)",
        list({file.arrival.position.log: tuple(file.arrival.position) for file in files}.values()),
    )
    return [answers[id(file)] for file in files]


def _room(db: apsw.Connection, target: Target) -> _Room:
    row = sql.row(tuple[int, int, int, int, bool], db, _ROOM, target[:3])
    if row is None:
        raise _Moved
    return _Room(*row)


_ROOM = (
    "select uid_validity, uid_next, uid_limit, (select coalesce(max(id), 0) from mail),"
    " (select quota is not null or quota_messages is not null from account) from mailbox"
    " where id = ? and name = ? and folder = ?"
)


def _uids(db: apsw.Connection, target: Target, room: _Room, files: Sequence[_Filed]) -> list[int]:
    """Each file's UID: the one that the log recorded where it is still free, or a new one."""
    uids = [_free(db, target, room, file.arrival.recorded) for file in files]
    fresh = max(room.uid_next, *uids, *(uid + 1 for uid in uids)) if any(uids) else room.uid_next
    for at, uid in enumerate(uids):
        if not uid:
            uids[at] = fresh
            fresh += 1
    return uids


def _free(db: apsw.Connection, target: Target, room: _Room, recorded: tuple[int, int] | None) -> int:
    """The recorded UID if it is this mailbox's and free, else 0."""
    if recorded is None or recorded[0] != room.uid_validity:
        return 0
    query = (
        "select 1 from entry where mailbox_id = ?1 and uid = ?2"
        " union all select 1 from doomed where mailbox_id = ?1 and uid = ?2"
    )
    return 0 if db.execute(query, (target.id, recorded[1])).get else recorded[1]


def _insert(step: Step, target: Target, room: _Room, files: Sequence[_Filed], uids: Sequence[int], now: int) -> None:
    db, modseq = step.db, step.modseq
    masks = _masks(step, target, files)
    mail_ids = range(room.last_mail + 1, room.last_mail + 1 + len(files))
    sizes = [file.arrival.digest.wire_size for file in files]
    db.executemany(
        "insert into mail values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_mail_row(mail_id, target.id, uid, file) for mail_id, uid, file in zip(mail_ids, uids, files, strict=True)],
    )
    db.executemany(
        "insert into entry values(?, ?, ?, ?, ?, ?, ?, ?, null, null)",
        [
            (target.id, uid, mail_id, mask, modseq, size, now, file.filed)
            for mail_id, uid, file, mask, size in zip(mail_ids, uids, files, masks, sizes, strict=True)
        ],
    )
    unseen = sum(1 for mask in masks if not mask & SEEN)
    deleted = sum(1 for mask in masks if mask & DELETED)
    uid_next = max(room.uid_next, max(uids) + 1)
    db.execute(_ADMIT, (len(files), unseen, deleted, sum(sizes), modseq, uid_next, target.id))
    step.mind_limit(target.id, uid_next, room.uid_limit)
    if min(uids) < room.uid_next:  # a replayed one, where nobody looks for new ones
        step.touch(target.id, runs(sorted(uids)))


_ADMIT = (
    "update mailbox set messages = messages + ?, unseen = unseen + ?, deleted = deleted + ?, size = size + ?,"
    " modseq = ?, uid_next = ? where id = ?"
)


def _masks(step: Step, target: Target, files: Sequence[_Filed]) -> list[int]:
    """Each file's flags as bits; new keywords are learnt. Raises TooMany."""
    named = [flag for file in files for flag in file.arrival.flags]
    if not named:
        return [0] * len(files)
    learnt = change.learn(step, target.id, named)
    return [flags.known(file.arrival.flags, learnt) for file in files]


def _mail_row(mail_id: int, mailbox_id: int, uid: int, file: _Filed) -> tuple[object, ...]:
    arrival, digest = file.arrival, file.arrival.digest
    return (
        mail_id,
        file.name,
        arrival.lf,
        file.size,
        digest.wire_size,
        digest.header_size,
        mailbox_id,
        uid,
        arrival.received,
        arrival.zone,
        digest.sent,
        digest.sent_zone,
        internal_date(arrival.received, arrival.zone),
        digest.envelope,
        digest.message_id,
        digest.references,
        digest.bodystructure,
    )

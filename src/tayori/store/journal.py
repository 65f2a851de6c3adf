"""One step of an account's history: its MODSEQ, its UIDs, what it touched. DESIGN sections 1 (idea 3) and 5.

Law: a UID or MODSEQ is handed out in the transaction that uses it, and only below a limit that is on the disk. `raised`
is the limit to come: written in the catalog well before it is needed, it becomes the limit once it is settled.
"""

from collections.abc import Iterable

import apsw

from tayori.store import sql

UIDS = 10_000  # a mailbox's limit is raised by so many
MODSEQS = 100_000  # an account's
LAST_UID = 2**32 - 1
LAST_MODSEQ = 2**63 - 1
TREE = 0  # stands in the journal where the mailboxes themselves have changed
ROWS_A_STEP = 64  # at most in the journal; beyond it neighbouring ranges become one


class Exhausted(Exception):
    """The step wants more than the settled limits allow; nothing of it was done. They are raised: settle, try again."""

    def __init__(self, mailbox_id: int = 0, uid_next: int = 0) -> None:
        super().__init__(f"mailbox {mailbox_id} wants UIDs up to {uid_next}")
        self.mailbox_id = mailbox_id  # 0: MODSEQs are exhausted
        self.uid_next = uid_next


class Step:
    """What happens in one transaction that writes; MODSEQ is taken when the first change is made."""

    __slots__ = ("_modseq", "db", "raised")

    def __init__(self, db: apsw.Connection) -> None:
        self.db = db
        self.raised = False  # a limit waits to be settled
        self._modseq = 0

    @property
    def changed(self) -> bool:
        return self._modseq != 0

    @property
    def modseq(self) -> int:
        """This step's. Raises Exhausted."""
        if not self._modseq:
            self._modseq = self._next_modseq()
        return self._modseq

    def _next_modseq(self) -> int:
        # `returning` makes a table of what it gives: 71 microseconds where these two take 9.
        modseq, limit = self.db.execute("select modseq + 1, modseq_limit from account").get
        if modseq >= limit:
            raise Exhausted
        self.db.execute("update account set modseq = ?", (modseq,))
        if limit - modseq < MODSEQS // 2:
            self.raised = True
            self.db.execute("update account set modseq_raised = max(modseq_raised, modseq_limit + ?)", (MODSEQS,))
        return int(modseq)

    def uids(self, mailbox_id: int, count: int) -> int:
        """The first of `count` new UIDs in a row. Raises Exhausted."""
        first, limit = self.db.execute("select uid_next, uid_limit from mailbox where id = ?", (mailbox_id,)).get
        self.db.execute("update mailbox set uid_next = ? where id = ?", (first + count, mailbox_id))
        self.mind_limit(mailbox_id, first + count, limit)
        return int(first)

    def mind_limit(self, mailbox_id: int, uid_next: int, limit: int) -> None:
        """Raise the limit of a mailbox that has come to `uid_next`, before it is needed. Raises Exhausted: too late."""
        if uid_next > limit:
            raise Exhausted(mailbox_id, uid_next)
        if limit - uid_next < UIDS // 2:
            self.raised = True
            query = "update mailbox set uid_raised = max(uid_raised, uid_limit + ?) where id = ?"
            self.db.execute(query, (UIDS, mailbox_id))

    def touch(self, mailbox_id: int, ranges: Iterable[tuple[int, int]]) -> None:
        """Write into the journal that something changed among these UIDs (more than those that did does no harm).

        New messages need it not: that they are there is told by UIDNEXT.
        """
        modseq = self.modseq
        self.db.executemany(
            "insert into change values(?, ?, ?, ?)", [(modseq, mailbox_id, *pair) for pair in few(ranges)]
        )

    def rearrange(self) -> None:
        """Write into the journal that a mailbox was made, deleted or renamed, or a subscription changed."""
        self.db.execute("insert or ignore into change values(?, ?, 0, 0)", (self.modseq, TREE))

    def count(self, mailbox_id: int, messages: int, unseen: int, deleted: int, size: int) -> None:
        """Add to a mailbox's counters, and let its HIGHESTMODSEQ be this step's."""
        self.db.execute(
            "update mailbox set messages = messages + ?, unseen = unseen + ?, deleted = deleted + ?,"
            " size = size + ?, modseq = ? where id = ?",
            (messages, unseen, deleted, size, self.modseq, mailbox_id),
        )


def few(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """At most ROWS_A_STEP ranges that cover these, disjoint and ascending."""
    merged = sorted(ranges)
    gap = 1
    while len(merged) > ROWS_A_STEP or gap == 1:
        merged = _joined(merged, gap)
        gap *= 4
    return merged


def _joined(ranges: list[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    """Ascending ranges, those joined that lie at most `gap` apart."""
    joined: list[tuple[int, int]] = []
    for first, last in ranges:
        if joined and first - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def since(db: apsw.Connection, mailbox_id: int, modseq: int, uid_next: int) -> list[tuple[int, int]]:
    """Ranges of a mailbox's UIDs, disjoint and ascending, outside of which nothing has changed after `modseq`.

    `uid_next` was UIDNEXT then.
    """
    if db.execute("select journal_from > ? from account", (modseq,)).get:
        return [(1, LAST_UID)]
    query = "select first, last from change where modseq > ? and mailbox_id = ?"
    changed = sql.rows(tuple[int, int], db, query, (modseq, mailbox_id))
    return _joined(sorted([*changed, (uid_next, LAST_UID)]), 1)


def raise_limits(db: apsw.Connection, wanted: Exhausted) -> None:
    """Raise what is near its end, and a mailbox beyond what was wanted; nothing is used before it is settled."""
    db.execute("update account set modseq_raised = max(modseq_raised, modseq + ?)", (MODSEQS,))
    db.execute(
        "update mailbox set uid_raised = max(uid_raised, uid_next + ?1) where uid_limit - uid_next < ?1 / 2", (UIDS,)
    )  # one step may want UIDs of several mailboxes, and after a crash all of them are at their limits
    db.execute(
        "update mailbox set uid_raised = max(uid_raised, ?) where id = ?", (wanted.uid_next + UIDS, wanted.mailbox_id)
    )


def raised_limits(db: apsw.Connection) -> tuple[int, list[tuple[int, int]]]:
    """The account's raised MODSEQ limit, and (raised UID limit, mailbox id) where one waits to be settled."""
    modseq = db.execute("select modseq_raised from account").get
    return modseq, sql.rows(tuple[int, int], db, "select uid_raised, id from mailbox where uid_raised > uid_limit")


def limits_settled(db: apsw.Connection, limits: tuple[int, list[tuple[int, int]]]) -> None:
    """Allow what `raised_limits` gave before a settling that has ended."""
    modseq, uids = limits
    db.execute("update account set modseq_limit = max(modseq_limit, ?)", (modseq,))
    db.executemany("update mailbox set uid_limit = max(uid_limit, ?) where id = ?", uids)


def begin_epoch(db: apsw.Connection, epoch: int) -> None:
    """After a life that did not end orderly: move all that may have been handed out and lost to its limit, once."""
    if db.execute("select epoch from account").get == epoch:
        return
    db.execute("begin immediate")
    if db.execute("select epoch from account").get != epoch:  # another process may have been quicker
        db.execute(
            "update account set modseq = modseq_raised, modseq_limit = modseq_raised, epoch = ?,"
            " last_uid_validity = last_uid_validity + 1000",
            (epoch,),
        )
        db.execute(
            "update mailbox set uid_next = uid_raised, uid_limit = uid_raised, mirrored_uid = -1,"
            " modseq = (select modseq_raised from account) where selectable"
        )
    db.execute("commit")

"""What was placed before a crash gets its file once more: after a power cut it may have a name and no octets.

DESIGN section 5: a file that exists is never trusted. Copies are links of the same file, so each name is made anew.
"""

from collections.abc import Sequence

import apsw

from tayori.model import Arrival
from tayori.store import locate, maildir, sql
from tayori.store.account import AccountMail
from tayori.store.deposit import deposit
from tayori.store.faults import refusal

RECENT_MAILS = 50_000  # among so many of the last ones a replayed arrival is looked for


async def heal(mail: AccountMail, arrivals: dict[str, Arrival]) -> None:
    """Write the files anew of those that are still there, under every name that they have. Raises TryLater."""
    for name, homes in (await mail.catalog.read(lambda db: _homes(db, mail.root, arrivals))).items():
        try:
            _rewrite(mail, arrivals[name], homes)
        except OSError as fault:
            raise refusal(fault) from fault


def _homes(db: apsw.Connection, root: str, arrivals: dict[str, Arrival]) -> dict[str, list[tuple[str, str]]]:
    """For each unique name its files, as (folder, place)."""
    last = db.execute("select max(id) from mail").get or 0
    recent = sql.rows(tuple[int, str], db, "select id, name from mail where id > ?", (last - RECENT_MAILS,))
    found = {name: mail_id for mail_id, name in recent if name in arrivals}
    homes: dict[str, list[tuple[str, str]]] = {}
    for name, mail_id in found.items():
        if places := locate.every_place(db, root, mail_id, name):
            homes[name] = places
    return homes


def _rewrite(mail: AccountMail, arrival: Arrival, homes: Sequence[tuple[str, str]]) -> None:
    """Raises OSError."""
    first: str | None = None
    for folder, where in homes:
        home = f"{mail.root}/{folder}"
        maildir.make(mail.root, folder)
        if first is None:
            deposit(mail, arrival, home, where)
            first = f"{home}/{where}"
        else:
            maildir.link(first, home, where)

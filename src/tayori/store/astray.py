"""Files that do not lie where their rows say: a power cut took the last renames back. DESIGN section 5.

Law: of a message that has several names in its mailbox none goes but for the one its row knows.
"""

import asyncio
import os

from tayori.store import maildir
from tayori.store.account import AccountMail

SLICE = 1000  # rows between two looks at other work

_ROWS = (
    "select e.uid, iif(e.from_uid is null, 0, e.uid), e.filed, m.name from entry e join mail m on m.id = e.mail_id"
    " where e.mailbox_id = ? and e.uid > ? and e.filed is not null order by e.uid limit ?"
)


async def bring_back(mail: AccountMail, mailbox_id: int, folder: str) -> None:
    """Give the files of a mailbox the names that its rows have for them. Raises OSError, TryLater."""
    home = f"{mail.root}/{folder}"
    places = maildir.places(home)
    after = 0
    while places:
        bindings = (mailbox_id, after, SLICE)
        rows = await mail.catalog.rows(tuple[int, int, int, str], _ROWS, bindings)
        for _, copy_uid, filed, name in rows:
            own_name = maildir.copy_name(name, copy_uid) if copy_uid else name
            _settle(home, maildir.place(own_name, filed), places.get(own_name, []))
        if len(rows) < SLICE:
            return
        after = rows[-1][0]
        await asyncio.sleep(0)


def _settle(home: str, wanted: str, found: list[str]) -> None:
    """Leave the file at `wanted` alone. Raises OSError."""
    if not found or found == [wanted]:
        return
    if wanted not in found:
        os.rename(f"{home}/{found.pop()}", f"{home}/{wanted}")
    for place in found:
        if place != wanted:
            os.unlink(f"{home}/{place}")

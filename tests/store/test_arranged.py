"""What SORT and THREAD gave is kept for all sessions of a process."""

from array import array

from aids.stored import WORK, filled, stored
from tayori.model import INBOX, Arrangement
from tayori.store.store import Store

ORDER = Arrangement(array("I", [1, 2]), array("I", [2, 1]))


@stored
async def test_what_one_session_keeps_serves_another_of_that_mailbox_alone(store: Store) -> None:
    mail = await filled(store, 2)
    (await mail.open(INBOX)).keep("by size", ORDER)
    assert (await mail.open(INBOX)).kept("by size") is ORDER
    assert (await mail.open(INBOX)).kept("by date") is None
    assert (await mail.open(WORK)).kept("by size") is None

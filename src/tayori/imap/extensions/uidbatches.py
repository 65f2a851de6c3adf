"""UIDBATCHES: UIDs in ranges that hold so many messages each, the newest first. RFC 10022.

The ranges leave no UID out, from the highest that is there down to 1; it costs as much as is answered, so that no
number of them is too high.
"""

from collections.abc import Iterable, Sequence

from tayori.errors import ClientBug, TooFew
from tayori.imap.grammar import MAX_NUMBER, Arguments
from tayori.imap.offer import Extension, State, Verb
from tayori.imap.session import Session

LEAST = 500  # messages of a batch: nobody may ask for fewer


async def uid_batches(session: Session, arguments: Arguments) -> None:
    """UIDBATCHES 2000 [3:5]. Raises TooFew, ClientBug: the numbers descend."""
    arguments.space()
    size = arguments.nz_number()
    first, last = _numbers(arguments)
    arguments.end()
    if first > last:
        raise ClientBug("Batches are counted upwards")
    uids = session.selected().uids
    if size < LEAST and (first - 1) * size < max(1, len(uids)):  # of batches that are not there any size is told
        raise TooFew(f"A batch has at least {LEAST} messages")
    ranges = b",".join([b"%d:%d" % batch for batch in _batches(uids, size, first, last)])
    session.write(b'* UIDBATCHES (TAG "%b")%b\r\n' % (session.tag, b" " + ranges if ranges else b""))


def _numbers(arguments: Arguments) -> tuple[int, int]:
    """Which batches, from 1; all where none are named."""
    if not arguments.skip(b" "):
        return 1, MAX_NUMBER
    first = arguments.nz_number()
    arguments.need(b":")
    return first, arguments.nz_number()


def _batches(uids: Sequence[int], size: int, first: int, last: int) -> Iterable[tuple[int, int]]:
    """(highest, lowest) of each."""
    messages = len(uids)
    for number in range(first, min(last, -(-messages // size)) + 1):
        newer, older = messages - (number - 1) * size, messages - number * size
        highest = uids[-1] if number == 1 else uids[newer] - 1
        yield highest, uids[older] if older > 0 else 1


EXTENSION = Extension(rfc="10022", capability=b"UIDBATCHES", verbs=(Verb(b"UIDBATCHES", uid_batches, State.SELECTED),))

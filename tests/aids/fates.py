"""A client that flags, moves and expunges on a server which is about to die, and what may have become of letters."""

import imaplib
import re
from collections.abc import Iterator

from aids.crash import Ledger
from aids.server import BOB, Server

DRAFTS, TRASH = "Drafts", "Trash"
HOME = (BOB, DRAFTS)
GONE = "gone"
FLAGGED = "flagged"  # and in Drafts; without a flag a letter's state is its mailbox

_TOKEN = re.compile(rb"Subject: (\S+)\r\n")
_UID = re.compile(rb"\[APPENDUID \d+ (\d+)\]")


class Fates:
    """`lossy`: commands of the last second may be lost, as a power cut may have it; never what APPEND promised."""

    def __init__(self, lossy: bool = False) -> None:
        self._lossy = lossy
        self._possible: dict[str, set[str]] = {}  # by token

    def shuffle(self, server: Server, ledger: Ledger) -> None:
        """For crash.clients: letter after letter comes, and most of them go or change."""
        with server.mailbox(*HOME) as client:
            while not ledger.refused:
                token, uid = self._append(client, ledger)
                for state, *command in ledger.chance.choice(_LIVES):
                    self._possible[token].add(state)
                    status, said = client.uid(command[0], uid, *command[1:])
                    assert status == "OK", said
                    self._settle_on(token, state)

    def _append(self, client: imaplib.IMAP4, ledger: Ledger) -> tuple[str, str]:
        letter = ledger.letter(HOME)
        self._possible[letter.token] = {GONE, DRAFTS}
        status, said = client.append(DRAFTS, "", "", letter.raw)
        assert status == "OK", said
        self._possible[letter.token] = {DRAFTS}
        answer = _UID.search(said[0])
        assert answer, said
        return letter.token, answer[1].decode()

    def _settle_on(self, token: str, state: str) -> None:
        if not self._lossy:
            self._possible[token] = {state}

    def check(self, server: Server) -> None:
        """Each letter is what it may be, and only that."""
        found = list(_states(server))
        assert len(dict(found)) == len(found), "one of them is in two places"
        states = dict(found)
        for token, possible in self._possible.items():
            state = states.pop(token, GONE)
            assert state in possible, f"{token} is {state} and not {' or '.join(possible)}"
            self._possible[token] = {state}
        assert not states


_FLAG = (FLAGGED, "STORE", "+FLAGS.SILENT", "(\\Flagged)")
_LIVES = (
    (),
    (_FLAG,),
    ((TRASH, "MOVE", TRASH),),
    (_FLAG, (TRASH, "MOVE", TRASH)),
    ((DRAFTS, "STORE", "+FLAGS.SILENT", "(\\Deleted)"), (GONE, "EXPUNGE")),
)
"""What happens to letters after they have come: the state to be, and the command that makes it."""


def _states(server: Server) -> Iterator[tuple[str, str]]:
    for folder in (DRAFTS, TRASH):
        with server.mailbox(BOB, folder) as client:
            status, parts = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        assert status == "OK", f"{folder}: {parts[-1]!r}"
        for part in parts:
            if isinstance(part, tuple):
                token = _TOKEN.search(part[1])
                assert token, part
                yield token[1].decode(), FLAGGED if folder == DRAFTS and b"\\Flagged" in part[0] else folder

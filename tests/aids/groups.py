"""Clients that send letters together, and one draft for another, to a server which is about to die."""

import imaplib
import re
from collections.abc import Sequence

from aids.crash import CAROL, Ledger, Letter
from aids.server import Server

TOGETHER = (CAROL, "Archive")
DRAFTS = (CAROL, "Drafts")

_TOKEN = re.compile(rb"Subject: (\S+)\r\n")


class Groups:
    """Of what MULTIAPPEND brings all is there or nothing; of what REPLACE brings there is always one, and the last."""

    def __init__(self) -> None:
        self._groups: list[set[str]] = []
        self._promised: set[str] = set()
        self._drafts: set[str] = set()  # one of these is the draft that there is
        self._begun = False  # there is one

    def append(self, server: Server, ledger: Ledger) -> None:
        """For crash.clients."""
        with server.mailbox(*TOGETHER) as client:
            while not ledger.refused:
                letters = [ledger.letter(TOGETHER) for _ in range(ledger.chance.randrange(2, 6))]
                self._groups.append({letter.token for letter in letters})
                _say(client, b"APPEND Archive", letters)
                self._promised |= self._groups[-1]
                for letter in letters:
                    ledger.promise(letter)

    def replace(self, server: Server, ledger: Ledger) -> None:
        """For crash.clients: the last draft gives way to the next, again and again."""
        with server.mailbox(*DRAFTS) as client:
            while not ledger.refused:
                letter = ledger.letter(DRAFTS)
                self._drafts.add(letter.token)
                _say(client, b"UID REPLACE * Drafts" if self._begun else b"APPEND Drafts", [letter])
                self._drafts, self._begun = {letter.token}, True
                ledger.promise(letter)

    def check(self, server: Server) -> None:
        there = set(_tokens(server, *TOGETHER))
        for group in self._groups:
            assert not group & there or group <= there, f"{group} came in part: {group & there}"
        assert self._promised <= there, f"{self._promised - there} are missing"
        drafts = _tokens(server, *DRAFTS)
        assert len(drafts) == 1 or not (drafts or self._begun), f"{drafts} of {self._drafts}"
        assert set(drafts) <= self._drafts, f"{drafts} is none of {self._drafts}"
        self._drafts, self._begun = set(drafts), bool(drafts)
        self._groups = [group for group in self._groups if group & there]
        self._promised = {token for group in self._groups for token in group}


def _say(client: imaplib.IMAP4, command: bytes, letters: Sequence[Letter]) -> None:
    """What imaplib has no word for. Raises imaplib.IMAP4.abort: the server is gone."""
    literals = [b" {%d+}\r\n%b" % (len(letter.raw), letter.raw) for letter in letters]
    client.send(b"tag %b%b\r\n" % (command, b"".join(literals)))
    while not (said := client.readline()).startswith(b"tag "):
        if not said:
            raise imaplib.IMAP4.abort("gone")
    assert said.startswith(b"tag OK"), said


def _tokens(server: Server, account: str, folder: str) -> list[str]:
    with server.mailbox(account, folder) as client:
        status, parts = client.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    assert status == "OK", parts
    found = [_TOKEN.search(part[1]) for part in parts if isinstance(part, tuple)]
    return [token[1].decode() for token in found if token]

"""Postfix + Dovecot as one system."""

from pathlib import Path

from bench.machine.certificate import Certificate
from bench.systems.base import Address
from bench.systems.dovecot import Dovecot
from bench.systems.postfix import Postfix


class Classic:
    """Postfix hands over to Dovecot by LMTP on a socket; `variant` is Dovecot's, stock or tuned."""

    settling = 0.0

    def __init__(self, home: Path, variant: str, certificate: Certificate, accounts: list[str]) -> None:
        self.name = variant
        self._dovecot = Dovecot(home / "d", variant, certificate, accounts)
        self.log = self._dovecot.log
        self._postfix = Postfix(home / "p", certificate, accounts, self._dovecot.lmtp, self._dovecot.auth)
        self.addresses: dict[str, Address] = self._postfix.addresses | self._dovecot.addresses

    def start(self) -> None:
        self._dovecot.start()
        self._postfix.start()

    def stop(self) -> None:
        self._postfix.stop()
        self._dovecot.stop()

    def take_in(self, account: str, maildir: Path) -> None:
        self._dovecot.take_in(account, maildir)

    def roots(self) -> list[int]:
        return self._postfix.roots() + self._dovecot.roots()

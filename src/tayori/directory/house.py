"""Who is here, as sessions and deliveries ask it: addresses are remembered while nothing changes, log-ins never.

Implements ports.Directory. Law: an unknown login costs the same time as a wrong password and gets the same words.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TypeVar, TypeVarTuple
from unicodedata import normalize

import apsw

from tayori.directory import accounts, aliases, domains, names, passwords
from tayori.directory.database import connect
from tayori.directory.throttle import Failures, LocalFailures, Throttle
from tayori.directory.verifier import LocalRight, Right, Verifier
from tayori.errors import LoginFailed, TryLater
from tayori.model import Account, Address, Identity, Origin
from tayori.ports import Clock, ScramKeys

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

FAULTS = (apsw.BusyError, apsw.CantOpenError, apsw.IOError)  # that may pass
NONCE = 18  # octets
POSTMASTER = Address("postmaster", "")  # always answered where there is an account; RFC 5321 section 4.5.1
REMEMBERED = 0.2  # seconds: what other processes change is to be seen within one
MOST_KNOWN = 10_000  # addresses whose look-ups are remembered
FAILED = "Authentication failed"


@dataclass(slots=True)
class _Known:
    """Answers that hold until then, on the clock that only goes forward, and on while nobody has changed anything."""

    until: float
    version: object
    accounts: dict[Address, Account | None] = field(default_factory=dict)
    aliases: dict[Address, list[Address] | None] = field(default_factory=dict)


class Directory:
    """The directory of DATA; `domains` are those of the settings. Belongs to one process and one loop."""

    def __init__(
        self,
        data: Path,
        local: Iterable[str],
        clock: Clock,
        failures: Failures | None = None,
        right: Right | None = None,
    ) -> None:
        self._database: apsw.Connection = connect(data)
        self._database.set_busy_timeout(0)  # the loop waits for nobody
        self.local(local)
        self._verifier = Verifier(clock, right or LocalRight())
        self._throttle = Throttle(failures or LocalFailures(), clock)
        self._remembered = _Known(0.0, None)
        self._secret: bytes = self._database.execute("SELECT value FROM secrets WHERE name = 'scram'").get

    def local(self, domains: Iterable[str]) -> None:
        """The settings' domains, from now on."""
        self._local = frozenset(map(names.domain, domains))

    def close(self) -> None:
        self._verifier.close()
        self._database.close()

    # ---- addresses

    def is_local(self, domain: str) -> bool:
        return domain in self._local or self._reads(domains.exists, domain)

    async def account(self, address: Address) -> Account | None:
        known = self._known()
        if address not in known.accounts:
            account = names.account(names.folded(address))
            known.accounts[address] = account if self._reads(accounts.exists, account) else None
        return known.accounts[address]

    async def alias(self, address: Address) -> list[Address] | None:
        known = self._known()
        if address not in known.aliases:
            targets = self._reads(aliases.targets, names.folded(address))
            if not targets and address == POSTMASTER:
                targets = self._reads(accounts.oldest)
            known.aliases[address] = targets or None
        return known.aliases[address]

    async def owns(self, account: Account, address: Address) -> bool:
        own = names.account(names.folded(address))
        return own == account or self._reads(aliases.leads_to, own, account)

    # ---- log-ins

    async def log_in(self, login: str, password: str, origin: Origin, authorize: str = "") -> Identity:
        account = self._account_of(login)
        hashed = self._reads(accounts.credential, account, passwords.ARGON2) if account else ""
        if not (hashed and self._verifier.remembers(hashed, password)):
            await self._check(account, login, hashed, password, origin)
        if authorize and self._account_of(authorize) != account:
            raise LoginFailed(FAILED)
        return Identity(account, login)

    async def scram_keys(self, login: str, mechanism: str, origin: Origin) -> tuple[Identity, ScramKeys]:
        self._throttle.check(self._counted(login), origin.address)
        account = self._account_of(login)
        kept = self._reads(accounts.credential, account, mechanism) if account else ""
        keys = passwords.scram_keys(kept) if kept else passwords.made_up_keys(mechanism, _folded(login), self._secret)
        keys.nonce = secrets.token_urlsafe(NONCE)
        return Identity(account, login), keys

    def proved(self, login: str, origin: Origin, proof: bool) -> None:
        self._count(login, origin, proof)

    async def token(self, login: str, token: str, origin: Origin) -> Identity:
        raise LoginFailed(FAILED)  # nobody gives tokens out yet

    async def _check(self, account: Account, login: str, hashed: str, password: str, origin: Origin) -> None:
        """Return if it is right. Raises LoginFailed, TryLater."""
        self._throttle.check(self._counted(login), origin.address)
        if hashed:
            right = await self._verifier.is_right(hashed, password)
        else:
            await self._verifier.nobody(password)
            right = False
        self._count(login, origin, right)
        if not right:
            raise LoginFailed(FAILED)

    def _count(self, login: str, origin: Origin, right: bool) -> None:
        if right:
            self._throttle.succeeded(self._counted(login))
        else:
            self._throttle.failed(self._counted(login), origin.address)

    def _counted(self, login: str) -> str:
        """One count an account, however its name is written."""
        return self._account_of(login) or _folded(login)

    def _account_of(self, login: str) -> Account:
        """The account of a full address, or of a local part that only one domain has; "" for none."""
        name = _folded(login)
        if "@" not in name:
            found = self._reads(accounts.with_local_part, name)
            return found[0] if len(found) == 1 else Account("")
        try:
            account = names.account(names.address(name))
        except ValueError:
            return Account("")
        return account if self._reads(accounts.exists, account) else Account("")

    def _known(self) -> "_Known":
        """What was looked up since the last change: a look-up costs 15 µs, and a message needs several."""
        now, known = monotonic(), self._remembered
        if now > known.until or len(known.aliases) > MOST_KNOWN:
            version = self._reads(lambda db: (db.execute("PRAGMA data_version").get, db.total_changes()))
            if version != known.version or len(known.aliases) > MOST_KNOWN:
                known = self._remembered = _Known(0.0, version)
            known.until = now + REMEMBERED
        return known

    def _reads(self, look_up: Callable[[apsw.Connection, *Ts], T], *arguments: *Ts) -> T:
        try:
            return look_up(self._database, *arguments)
        except FAULTS as cause:
            raise TryLater("The directory is busy, try again") from cause


def _folded(login: str) -> str:
    return normalize("NFC", login.strip().lower())

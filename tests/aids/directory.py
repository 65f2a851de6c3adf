"""A directory in memory: accounts with passwords, aliases, catch-alls. Implements ports.Directory."""

from collections.abc import Mapping, Sequence
from hashlib import pbkdf2_hmac, sha256
from hmac import digest

from tayori.errors import LoginFailed
from tayori.model import Account, Address, Identity, Origin
from tayori.smtp import grammar


class Keys:
    """ports.ScramKeys, made of a password."""

    def __init__(self, password: str, salt: bytes, nonce: str, iterations: int = 4096) -> None:
        salted = pbkdf2_hmac("sha256", password.encode(), salt, iterations)
        self.salt = salt
        self.iterations = iterations
        self.stored_key = sha256(digest(salted, b"Client Key", "sha256")).digest()
        self.server_key = digest(salted, b"Server Key", "sha256")
        self.nonce = nonce


class MemoryDirectory:
    """`aliases` maps "a@b" (or "@b", the catch-all; "postmaster", the server's) to addresses."""

    def __init__(
        self,
        accounts: Mapping[str, str] | None = None,
        aliases: Mapping[str, Sequence[str]] | None = None,
        domains: Sequence[str] = ("example.org",),
        fault: Exception | None = None,
        salt: bytes = b"salt",
    ) -> None:
        self.passwords = dict(accounts or {})
        self.aliases = {key: list(value) for key, value in (aliases or {}).items()}
        self.domains = set(domains)
        self.fault = fault  # raised by log-ins
        self.salt, self.nonce = salt, "of-the-server"
        self.asked: list[Address] = []
        self.proofs: list[tuple[str, bool]] = []

    def is_local(self, domain: str) -> bool:
        return domain in self.domains

    async def account(self, address: Address) -> Account | None:
        self.asked.append(address)
        key = str(address).lower()
        return Account(key) if key in self.passwords else None

    async def alias(self, address: Address) -> list[Address] | None:
        self.asked.append(address)
        targets = self.aliases.get(str(address).lower())
        return None if targets is None else [grammar.address(target) for target in targets]

    async def owns(self, account: Account, address: Address) -> bool:
        key = str(address).lower()
        return key == account or account in self.aliases.get(key, ())

    async def log_in(self, login: str, password: str, origin: Origin, authorize: str = "") -> Identity:
        if self.fault is not None:
            raise self.fault
        if self.passwords.get(login.lower()) != password or authorize not in ("", login):
            raise LoginFailed("Authentication failed")
        return Identity(Account(login.lower()), login)

    async def scram_keys(self, login: str, mechanism: str, origin: Origin) -> tuple[Identity, Keys]:
        return Identity(Account(login.lower()), login), Keys(
            self.passwords.get(login.lower(), "?"), self.salt, self.nonce
        )

    def proved(self, login: str, origin: Origin, proof: bool) -> None:
        self.proofs.append((login, proof))

    async def token(self, login: str, token: str, origin: Origin) -> Identity:
        return await self.log_in(login, token, origin)

"""The directory of `tayori dev`: any address is a mailbox, any password is right. Implements ports.Directory."""

from typing import NoReturn

from tayori.directory import names
from tayori.errors import LoginFailed
from tayori.model import Account, Address, Identity, Origin
from tayori.ports import Clock

HOME = "localhost"  # the domain of a login that has none


class OpenHouse:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def is_local(self, domain: str) -> bool:
        return True

    async def account(self, address: Address) -> Account | None:
        known = names.folded(address)
        return names.account(known) if known.local and known.domain else None

    async def alias(self, address: Address) -> list[Address] | None:
        return [Address("postmaster", HOME)] if address == Address("postmaster", "") else None

    async def owns(self, account: Account, address: Address) -> bool:
        return True

    async def log_in(self, login: str, password: str, origin: Origin, authorize: str = "") -> Identity:
        if not password:
            raise LoginFailed("Authentication failed")
        try:
            address = names.address(login if "@" in login else f"{login}@{HOME}")
        except ValueError as cause:
            raise LoginFailed("Authentication failed") from cause
        return Identity(names.account(address), login)

    async def token(self, login: str, token: str, origin: Origin) -> Identity:
        return await self.log_in(login, token, origin)

    async def scram_keys(self, login: str, mechanism: str, origin: Origin) -> NoReturn:
        raise LoginFailed("Authentication failed")  # there is no password to prove; dev does not offer it

    def proved(self, login: str, origin: Origin, proof: bool) -> None:
        pass

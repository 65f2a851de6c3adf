"""Recipients to actions: aliases, +detail, postmaster, catch-all; and who may send what. RFC 5321 section 3.9.

Order for an address of ours: its alias, its account; the same without +detail; for postmaster the server's own; the
domain's catch-all. An alias that names its own address means the account of that name, so that a copy can be kept.
"""

from dataclasses import dataclass

from tayori.errors import MailLoop, NoSuchMailbox, RelayDenied, SenderNotAllowed, TooMany
from tayori.model import INBOX, Action, Address, Discard, Envelope, Forward, Origin, Store
from tayori.ports import Directory
from tayori.smtp import grammar

MAX_EXPANSION = 1000  # addresses that one recipient may lead to, on whatever ways

POSTMASTER = Address("postmaster", "")
"""Asked of Directory.alias: who reads the whole server's postmaster mail."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What can be set about deciding."""

    separator: str = "+"  # between name and detail; "" for none
    forwards: bool = False  # an outbound queue is there to take what goes elsewhere


async def plan(directory: Directory, envelope: Envelope, origin: Origin, rules: Rules) -> list[Action]:
    """What becomes of a message, one action per destination however many ways lead there.

    Raises what `actions` raises: a recipient that is not to be had any more.
    """
    found: dict[object, Action] = {}
    for recipient in envelope.recipients:
        for action in await actions(directory, recipient.address, origin, rules):
            found.setdefault(destination(action), action)
    return list(found.values())


async def actions(directory: Directory, address: Address, origin: Origin, rules: Rules) -> list[Action]:
    """What would become of a message to `address`, at least one action.

    Raises NoSuchMailbox, RelayDenied, MailLoop (an alias leads in circles only), TooMany (it leads to too many).
    """
    if address.domain and not directory.is_local(address.domain):
        return [elsewhere(address, origin, rules)]
    if address.local and address.domain and await directory.alias(address) is None:
        account = await directory.account(address)
        if account is not None:  # the usual case, in a quarter of the time
            return [Store(account, INBOX, grammar.mailbox(address))]
    walk = _Walk(directory, rules)
    await walk.follow(address)
    if not walk.found:
        raise walk.refusal
    return list(walk.found.values())


def elsewhere(address: Address, origin: Origin, rules: Rules) -> Forward:
    """Raises RelayDenied: we send only for those who logged in. RFC 5321 section 7.9."""
    if origin.account is None:
        raise RelayDenied("This server does not relay")
    if not rules.forwards:
        raise RelayDenied(f"This server does not yet deliver elsewhere: {address.domain} is not a domain of its own")
    return Forward(address)


async def may_send_as(directory: Directory, path: str, origin: Origin, rules: Rules) -> None:
    """Return if the reverse-path belongs to who logged in, or nobody did. The null path is everyone's.

    Raises SenderNotAllowed, BadAddress.
    """
    if origin.account is None or not path:
        return
    address = grammar.address(path)
    for candidate in (address, *_without_detail(address, rules)):
        if await directory.owns(origin.account, candidate):
            return
    raise SenderNotAllowed("That sender address does not belong to the account that logged in")


def destination(action: Action) -> object:
    """What two actions have in common that would do the same."""
    if isinstance(action, Store):
        return action.account, action.mailbox
    return action.address if isinstance(action, Forward) else Discard


class _Walk:
    """From one recipient to everything that it leads to; no recursion, each address once."""

    __slots__ = ("_ahead", "_directory", "_rules", "_seen", "_steps", "found", "refusal")

    def __init__(self, directory: Directory, rules: Rules) -> None:
        self._directory = directory
        self._rules = rules
        self._seen: set[Address] = set()
        self._ahead: list[Address] = []
        self._steps = 0
        self.found: dict[object, Action] = {}
        self.refusal: NoSuchMailbox | RelayDenied | MailLoop = NoSuchMailbox("No such mailbox here")

    async def follow(self, address: Address) -> None:
        self._ahead.append(address)
        while self._ahead:
            self._steps += 1
            if self._steps > MAX_EXPANSION:
                raise TooMany("The address leads to too many others")
            await self._step(self._ahead.pop())

    async def _step(self, address: Address) -> None:
        if address.domain and not self._directory.is_local(address.domain):
            self._leave(address)
            return
        for candidate in _candidates(address, self._rules):
            if await self._resolve(candidate, address):
                return

    async def _resolve(self, candidate: Address, address: Address) -> bool:
        """Whether `candidate` is somebody; `address` is how the message names it."""
        if candidate in self._seen:
            self.refusal = MailLoop("The address leads back to itself")
        else:
            targets = await self._directory.alias(candidate)
            if targets is not None:
                self._seen.add(candidate)
                self._ahead.extend(reversed(targets))
                return True
        if not (candidate.local and candidate.domain):
            return False
        account = await self._directory.account(candidate)
        if account is None:
            return candidate in self._seen
        store = Store(account, INBOX, grammar.mailbox(address))
        self.found.setdefault(destination(store), store)
        return True

    def _leave(self, address: Address) -> None:
        """An alias leads elsewhere: that was wished by whoever made it, no login is asked for."""
        if self._rules.forwards:
            self.found.setdefault(address, Forward(address))
        else:
            self.refusal = RelayDenied(
                f"This server does not yet deliver elsewhere: the address leads to {address.domain}"
            )


def _candidates(address: Address, rules: Rules) -> list[Address]:
    """Who may stand for an address of ours, most particular first."""
    found = [address, *_without_detail(address, rules)]
    if address.domain and address.local.lower() == "postmaster":
        found.append(POSTMASTER)
    if address.domain:
        found.append(Address("", address.domain))
    return found


def _without_detail(address: Address, rules: Rules) -> list[Address]:
    """ "alice+lists" gives "alice"; nothing where no detail is. RFC 5233 section 1."""
    if not rules.separator:
        return []
    name, separator, _ = address.local.partition(rules.separator)
    return [Address(name, address.domain)] if name and separator else []

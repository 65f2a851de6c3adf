"""What CAPABILITY lists, by what it depends on; made once for each situation. RFC 3501 sections 6.1.1 and 7.2.1."""

from functools import lru_cache
from typing import NamedTuple

from tayori.imap.offer import offer
from tayori.imap.settings import Settings
from tayori.sasl.mechanism import Mechanism


class Situation(NamedTuple):
    """All that makes a difference."""

    settings: Settings
    logged_in: bool
    secure: bool
    can_start_tls: bool
    mechanisms: tuple[Mechanism, ...]  # that are offered at all
    spent: frozenset[bytes] = frozenset()  # capabilities that can be had once, and were

    def password_may_be_shown(self) -> bool:
        """RFC 3501 section 11.1: not where others can read along."""
        return self.secure or self.settings.plaintext_without_tls

    def usable_mechanisms(self) -> list[Mechanism]:
        return [
            mechanism
            for mechanism in self.mechanisms
            if (self.secure or not mechanism.needs_tls) and (self.password_may_be_shown() or not mechanism.plaintext)
        ]


@lru_cache(maxsize=64)
def capabilities(situation: Situation) -> bytes:
    """b"IMAP4rev1 … STARTTLS", as it stands in CAPABILITY and in response codes."""
    settings, logged_in, *_ = situation
    shown = [one for one in offer(settings.without).extensions if one.shown(settings, logged_in)]
    shown = [one for one in shown if one.capability not in situation.spent]
    listed = [b"IMAP4rev1", *(one.capability + (one.value(settings) if one.value else b"") for one in shown)]
    if not logged_in:
        listed += [b"AUTH=" + mechanism.name.encode("ascii") for mechanism in situation.usable_mechanisms()]
        listed += [] if situation.password_may_be_shown() else [b"LOGINDISABLED"]
        listed += [b"STARTTLS"] if situation.can_start_tls else []
    return b" ".join(listed)

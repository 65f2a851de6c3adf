"""Every key that the settings know, with its reader and its default: these classes are the table.

A later package's section is one more class here and one more field of Config.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tayori.config import values
from tayori.config.extensions import imap_extension
from tayori.config.values import Endpoint, Reader, Route, Secret

T = TypeVar("T")

MECHANISMS = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2")


def setting(read: Reader[T], default: T) -> T:
    """A field that `read` fills; typed as its value, as dataclasses.field is."""
    made: T = field(default=default, metadata={"read": read})
    return made


@dataclass(frozen=True, slots=True)
class GeneralSettings:
    """What stands above the first section."""

    hostname: str = setting(values.hostname, "")  # "": the machine's
    domains: tuple[str, ...] = setting(values.several(values.domain), ())
    data: Path = setting(values.path, Path("/var/lib/tayori"))  # noqa: RUF009 (it is a field)
    workers: int = setting(values.count, 0)  # 0: one per core
    user: str = setting(values.text, "")  # "": DATA's owner


_endpoints = values.several(values.endpoint)


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """[listen]: a service not named is not started."""

    smtp: tuple[Endpoint, ...] = setting(_endpoints, ())
    submission: tuple[Endpoint, ...] = setting(_endpoints, ())
    submissions: tuple[Endpoint, ...] = setting(_endpoints, ())
    alternate: tuple[Endpoint, ...] = setting(_endpoints, ())
    lmtp: tuple[Endpoint, ...] = setting(_endpoints, ())
    imap: tuple[Endpoint, ...] = setting(_endpoints, ())
    imaps: tuple[Endpoint, ...] = setting(_endpoints, ())
    pop3: tuple[Endpoint, ...] = setting(_endpoints, ())
    pop3s: tuple[Endpoint, ...] = setting(_endpoints, ())
    managesieve: tuple[Endpoint, ...] = setting(_endpoints, ())
    http: tuple[Endpoint, ...] = setting(_endpoints, ())
    https: tuple[Endpoint, ...] = setting(_endpoints, ())


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """[tls]: certificates with their keys, one or several (by SNI); none: a self-signed one is made."""

    certificate: tuple[Path, ...] = setting(values.several(values.path), ())
    key: tuple[Path, ...] = setting(values.several(values.path), ())


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """[auth]"""

    plaintext_without_tls: bool = setting(values.flag, False)
    mechanisms: tuple[str, ...] = setting(values.several(values.one_of(MECHANISMS)), MECHANISMS)
    pop_before_smtp: float | None = setting(values.duration_or_off, None)  # seconds
    apop: bool = setting(values.flag, False)


@dataclass(frozen=True, slots=True)
class LimitsSettings:
    """[limits]"""

    message: int = setting(values.some(values.size), 50 * 2**20)  # octets
    recipients: int = setting(values.some(values.count), 1000)
    connections_per_address: int = setting(values.some(values.count), 50)
    idle: float = setting(values.some(values.duration), 1800.0)  # seconds


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """[imap]"""

    without: tuple[str, ...] = setting(values.several(imap_extension), ())  # capabilities, in upper case
    message_limit: int = setting(values.limit(1000), 0)  # messages that one command touches
    save_limit: int = setting(values.limit(1000), 0)  # messages that one command saves


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """[relay]: absent, mail goes straight to the recipients' MX."""

    via: Route | None = setting(values.route, None)  # noqa: RUF009 (it is a field)
    password: Secret | None = setting(values.secret, None)  # noqa: RUF009 (it is a field)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, read and checked; `file` is None when there is none."""

    file: Path | None
    hostname: str
    domains: tuple[str, ...]
    data: Path
    workers: int
    user: str
    listen: Mapping[str, tuple[Endpoint, ...]]  # the services that are named, in the table's order
    tls: TlsSettings
    auth: AuthSettings
    limits: LimitsSettings
    imap: ImapSettings
    relay: RelaySettings


SECTIONS = {
    "": GeneralSettings,
    "listen": ListenSettings,
    "tls": TlsSettings,
    "auth": AuthSettings,
    "limits": LimitsSettings,
    "imap": ImapSettings,
    "relay": RelaySettings,
}

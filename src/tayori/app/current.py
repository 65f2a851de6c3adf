"""The settings in force, and how a reload puts others in their place."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tayori.config import Config, ConfigError, load
from tayori.net import certificates
from tayori.net.certificates import CertificateError

log = logging.getLogger("tayori")

NEED_RESTART = ("data", "workers", "user", "listen")  # settings that a reload cannot change


@dataclass(slots=True)
class Current:
    """The settings in force, and the TLS that goes with them; the supervisor's is what successors start from."""

    file: Path | None
    overrides: Mapping[str, str]
    config: Config
    context: ssl.SSLContext | None = None

    def renew(self) -> list[str]:
        """All or nothing; the names of those that stay as they are until the next start, though they are others now.

        A successor of a process that died is made from these: it must come to the same DATA as its brothers. Raises
        ConfigError, CertificateError.
        """
        wanted, now = load(self.file, os.environ, self.overrides), self.config
        later = [name for name in NEED_RESTART if getattr(wanted, name) != getattr(now, name)]
        config = replace(wanted, data=now.data, workers=now.workers, user=now.user, listen=now.listen)
        self.context = tls_context(config)
        self.config = config
        return later

    def check(self) -> str:
        """What is wrong with the settings as they stand now; "" when they are in force."""
        try:
            self.renew()
        except (ConfigError, CertificateError) as cause:
            return str(cause)
        return ""

    def check_and_tell(self) -> str:
        """`check`, once for all processes: the log is told what the new settings cannot change in them."""
        try:
            later = self.renew()
        except (ConfigError, CertificateError) as cause:
            return str(cause)
        for name in later:
            log.warning("reload: %s is another now, which takes effect at the next start", name)
        return ""


def tls_context(config: Config) -> ssl.SSLContext:
    """Raises CertificateError, OSError."""
    if config.tls.certificate:
        return certificates.context(list(zip(config.tls.certificate, config.tls.key, strict=True)))
    made = certificates.self_signed(config.data / "tls", config.hostname)
    log.warning("no [tls] certificate is set: clients are shown a self-signed one, %s", made.certificate)
    return certificates.context([made.pair])

"""Tayori as `tayori serve` runs it, with the settings an administrator would write and no limit on one address."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

from bench.machine.certificate import HOSTNAME, Certificate
from bench.systems.base import DOMAIN, PASSWORD, SERVICES, Address, alive, end, free_addresses

SETTINGS = """
hostname = "{hostname}"
domains = ["{domain}"]
data = "data"
workers = 0

[listen]
{listen}

[tls]
certificate = "{chain}"
key = "{key}"

[auth]
plaintext_without_tls = true

[limits]
connections_per_address = 100000
"""

# One process adds all accounts through the commands of the command line: 1,000 starts of Python would take minutes.
ADD_ACCOUNTS = """
import sys
from importlib.metadata import entry_points
from click.testing import CliRunner
(entry,) = entry_points(group="console_scripts", name="tayori")
runner, command = CliRunner(), entry.load()
for account in sys.stdin.read().split():
    arguments = ["--config", sys.argv[1], "account", "add", account, "--password-stdin"]
    result = runner.invoke(command, arguments, input=sys.argv[2] + "\\n")
    if result.exit_code:
        sys.exit(f"account add {account}: {result.output} {result.exception!r}")
"""
PROGRAM = Path(sys.executable).parent / "tayori"


class Tayori:
    """`tayori serve` with a directory of its own."""

    name = "tayori"
    settling = 1.5  # it settles once a second

    def __init__(self, home: Path, certificate: Certificate, accounts: list[str]) -> None:
        self.addresses: dict[str, Address] = free_addresses(SERVICES)
        self._settings, self.log = home / "tayori.toml", home / "tayori.log"
        self._mail = home / "data/mail"
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        home.mkdir()
        listen = "\n".join(f'{service} = "{host}:{port}"' for service, (host, port) in self.addresses.items())
        self._settings.write_text(
            SETTINGS.format(
                hostname=HOSTNAME, domain=DOMAIN, listen=listen, chain=certificate.chain, key=certificate.key
            )
        )
        subprocess.run(
            [sys.executable, "-c", ADD_ACCOUNTS, self._settings, PASSWORD],
            input="\n".join(accounts).encode(),
            check=True,
        )

    def start(self) -> None:
        self._output = self.log.open("ab")
        self._process = subprocess.Popen(
            [PROGRAM, "serve", "--config", self._settings], stdout=self._output, stderr=self._output
        )

    def stop(self) -> None:
        if self._process is not None and self._output is not None:
            end(self._process)
            self._output.close()
            self._process = None

    def roots(self) -> list[int]:
        return alive(self._process, self.log)

    def take_in(self, account: str, maildir: Path) -> None:
        """As an administrator who comes from Dovecot: reindex, then the texts that SEARCH looks at."""
        local, _, domain = account.partition("@")
        self.stop()
        shutil.copytree(maildir, self._mail / domain / local / "Maildir", dirs_exist_ok=True)
        for option in ([], ["--search"]):
            subprocess.run(
                [PROGRAM, "reindex", "--config", self._settings, *option, account],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        self.start()

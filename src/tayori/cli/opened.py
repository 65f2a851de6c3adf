"""DATA, opened by its owner for a command that changes who is here."""

import time
from pathlib import Path

from tayori.cli import owner
from tayori.cli.refusal import Refused
from tayori.config import Config
from tayori.directory import domains
from tayori.directory.database import connect
from tayori.model import Account
from tayori.store import clean, creation, paths


class Opened:
    def __init__(self, config: Config) -> None:
        owner.become(config)
        self.config = config
        self.database = connect(config.data)

    def check_local(self, domain: str) -> None:
        """Raises Refused: not a domain of ours."""
        if domain not in self.config.domains and not domains.exists(self.database, domain):
            where = f'to "domains" in {self.config.file}' if self.config.file else 'to "domains" in tayori.toml'
            raise Refused(f"{domain} is no domain of this server; say tayori domain add {domain}, or add it {where}")

    def mail(self, account: Account) -> Path:
        """Where an account's mail lies."""
        return paths.account_folder(self.config.data, account)

    def make_mail(self, account: Account) -> None:
        """INBOX and the special mailboxes, unless there is mail already. Raises OSError."""
        folder = self.mail(account)
        if not paths.catalog(folder).exists():
            creation.create(folder, time.time(), clean.current(self.config.data))

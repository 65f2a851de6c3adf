"""Dovecot with Maildir, as Debian configures it (stock) and tuned for many log-ins (tuned); that with mdbox too."""

import shutil
import subprocess
from pathlib import Path

from bench.machine.certificate import Certificate
from bench.systems.base import PASSWORD, Address, alive, end, free_addresses

OWNER = 5000  # uid and gid of the mail; needs no entry in passwd
MAILBOXES = ("imap", "imaps", "pop3", "pop3s")

# What both have: no limit that 1,000 connections from one address would meet, and Debian's defaults elsewhere.
COMMON = """
base_dir = {run}
state_dir = {run}
log_path = {home}/dovecot.log
protocols = imap pop3 lmtp
listen = 127.0.0.1
hostname = mail.example.test
postmaster_address = postmaster@example.test
ssl = yes
ssl_cert = <{chain}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = {location}
mail_fsync = optimized
mail_uid = {owner}
mail_gid = {owner}
first_valid_uid = {owner}
first_valid_gid = {owner}
mail_max_userip_connections = 0
default_client_limit = 8000
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={home}/mail/%d/%n allow_all_users=yes
}}
service auth {{
  client_limit = 20000
  unix_listener auth-smtp {{
    mode = 0666
  }}
}}
service anvil {{
  client_limit = 20000
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0666
  }}
  {lmtp}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
  process_limit = 3000
  {login}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
  {login}
}}
service imap {{
  process_limit = 3000
  {reader}
}}
service pop3 {{
  {reader}
}}
namespace inbox {{
  inbox = yes
}}
"""

# The password is compared in memory and costs nothing: the fastest log-in that Dovecot has.
STOCK = f"passdb {{\n  driver = static\n  args = password={PASSWORD}\n}}\n"

# Hashed as a server must keep it, with a hash that is cheap to check, behind Dovecot's own cache.
TUNED = """
passdb {{
  driver = passwd-file
  args = scheme=SSHA256 {home}/passwd
}}
auth_cache_size = 32 M
auth_cache_ttl = 1 hour
"""

PARTS = {
    "stock": {"location": "maildir:~/Maildir", "lmtp": "", "login": "", "reader": ""},
    "tuned": {
        "location": "maildir:~/Maildir",
        "lmtp": "process_min_avail = 4",
        "login": "service_count = 0\n  process_min_avail = 2",
        "reader": "service_count = 10000\n  process_min_avail = 10",
    },
}
PARTS["mdbox"] = PARTS["tuned"] | {"location": "mdbox:~/mdbox"}


class Dovecot:
    """A Dovecot of its own directory; `variant` is a key of PARTS."""

    settling = 0.0

    def __init__(self, home: Path, variant: str, certificate: Certificate, accounts: list[str]) -> None:
        self.name = f"dovecot-{variant}"
        self._home, self._variant = home, variant
        self.addresses: dict[str, Address] = free_addresses(MAILBOXES)
        self.lmtp, self.auth = home / "r/lmtp", home / "r/auth-smtp"
        self._configuration, self.log = home / "dovecot.conf", home / "dovecot.log"
        self._process: subprocess.Popen[bytes] | None = None
        (home / "r").mkdir(parents=True)
        (home / "mail").mkdir()
        subprocess.run(["chown", f"{OWNER}:{OWNER}", home / "mail"], check=True)
        if variant != "stock":
            (home / "passwd").write_text(_passwords(accounts))
        self._configuration.write_text(self._text(home, variant, certificate))

    def _text(self, home: Path, variant: str, certificate: Certificate) -> str:
        ports = {service: port for service, (_, port) in self.addresses.items()}
        common = COMMON.format(
            run=home / "r",
            home=home,
            chain=certificate.chain,
            key=certificate.key,
            owner=OWNER,
            **ports,
            **PARTS[variant],
        )
        return common + (STOCK if variant == "stock" else TUNED.format(home=home))

    def start(self) -> None:
        self._process = subprocess.Popen(["dovecot", "-F", "-c", self._configuration])

    def stop(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None

    def roots(self) -> list[int]:
        return alive(self._process, self.log)

    def take_in(self, account: str, maildir: Path) -> None:
        """A Maildir takes the place of the account's, or is imported."""
        local, _, domain = account.partition("@")
        if self._variant == "mdbox":
            self._import(account, maildir)
        else:
            self._place(self._home / "mail" / domain / local / "Maildir", maildir)

    def _place(self, home: Path, maildir: Path) -> None:
        """Dovecot's own copy, without what was there and what Dovecot knew of it."""
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(maildir, home)
        subprocess.run(["chown", "-R", f"{OWNER}:{OWNER}", self._home / "mail"], check=True)

    def _import(self, account: str, maildir: Path) -> None:
        source = self._home / "mail" / "imported"
        self._place(source, maildir)
        doveadm = ["doveadm", "-c", str(self._configuration)]
        subprocess.run([*doveadm, "import", "-u", account, f"maildir:{source}", "", "ALL"], check=True)
        shutil.rmtree(source)


def _passwords(accounts: list[str]) -> str:
    hashed = subprocess.run(
        ["doveadm", "-c", "/dev/null", "pw", "-s", "SSHA256", "-p", PASSWORD],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    return "".join(f"{account}:{hashed}\n" for account in accounts)

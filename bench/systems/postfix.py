"""Postfix in directories of its own, delivering over LMTP; every limit that would slow one loud client is off.

in_flow_delay keeps its default: without it the queue grows faster than it is delivered, and the whole is 10 % slower.
It writes no log: there is no syslog to write to, which is to its advantage.
"""

import subprocess
from pathlib import Path

from bench.machine.certificate import HOSTNAME, Certificate
from bench.systems.base import DOMAIN, Address, free_addresses

DAEMONS = Path("/usr/lib/postfix/sbin")

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = {hostname}
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = hash:{home}/accounts
virtual_transport = lmtp:unix:{lmtp}
message_size_limit = 52428800
mailbox_size_limit = 0
virtual_mailbox_limit = 0
default_process_limit = 100
smtpd_peername_lookup = no
smtpd_client_event_limit_exceptions = static:all
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_tls_chain_files = {key} {chain}
smtpd_tls_security_level = may
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
"""

# Debian's master.cf: the services that receiving and delivering need, none of them in a chroot.
MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submissions} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """SMTP in, LMTP out to the socket `lmtp`, SASL asked of the socket `auth`."""

    def __init__(self, home: Path, certificate: Certificate, accounts: list[str], lmtp: Path, auth: Path) -> None:
        self.addresses: dict[str, Address] = free_addresses(["smtp", "submissions"])
        self._home = home
        self._master = 0
        for name in ["queue", "data"]:
            (home / name).mkdir(parents=True)
        subprocess.run(["chown", "postfix", home / "data"], check=True)
        self._write(certificate, lmtp, auth)
        (home / "accounts").write_text("".join(f"{account} yes\n" for account in accounts))
        subprocess.run(["postmap", "-c", home, f"hash:{home}/accounts"], check=True)
        subprocess.run(["postfix", "-c", home, "check"], check=True, capture_output=True)

    def _write(self, certificate: Certificate, lmtp: Path, auth: Path) -> None:
        settings = {
            "home": self._home,
            "daemons": DAEMONS,
            "hostname": HOSTNAME,
            "domain": DOMAIN,
            "lmtp": lmtp,
            "auth": auth,
            "chain": certificate.chain,
            "key": certificate.key,
        }
        (self._home / "main.cf").write_text(MAIN.format(**settings))
        ports = {service: port for service, (_, port) in self.addresses.items()}
        (self._home / "master.cf").write_text(MASTER.format(**ports))

    def start(self) -> None:
        subprocess.run(["postfix", "-c", self._home, "start"], check=True, capture_output=True)
        # The master leaves the process that starts it; it has written its id when that returns.
        self._master = int((self._home / "queue/pid/master.pid").read_text())

    def stop(self) -> None:
        if self._master:
            subprocess.run(["postfix", "-c", self._home, "stop"], check=True, capture_output=True)
            self._master = 0

    def roots(self) -> list[int]:
        return [self._master] if self._master else []

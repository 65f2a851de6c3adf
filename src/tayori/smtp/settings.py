"""What can be set about an SMTP or LMTP service."""

from dataclasses import dataclass

SUBMISSION = frozenset({"submission", "submissions", "alternate"})


@dataclass(frozen=True, slots=True)
class Settings:
    """One service's settings; the defaults are those of the configuration file."""

    hostname: str = "localhost"
    service: str = "smtp"  # submission, submissions, alternate, lmtp
    message: int = 50 * 2**20  # octets
    recipients: int = 1000  # of one message
    errors: int = 20  # of one session, RFC 5321 section 4.3.2 allows 421 at any time
    plaintext_without_tls: bool = False  # offer PLAIN and LOGIN in the clear
    login_required: bool | None = None  # before MAIL; None: where mail is submitted
    login_offered: bool | None = None  # None: where mail is submitted; on port 25 AUTH only invites guessing
    command_timeout: float = 300.0  # seconds, RFC 5321 section 4.5.3.2.7
    data_timeout: float = 180.0  # seconds between two reads of a message, RFC 5321 section 4.5.3.2.5

    @property
    def lmtp(self) -> bool:
        return self.service == "lmtp"

    @property
    def wants_login(self) -> bool:
        return self.service in SUBMISSION if self.login_required is None else self.login_required

    @property
    def takes_login(self) -> bool:
        return self.service in SUBMISSION if self.login_offered is None else self.login_offered

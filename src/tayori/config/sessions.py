"""Each package's own Settings, from the Config: packages know nothing of the file."""

from tayori.config.settings import Config
from tayori.imap.settings import Settings as Imap
from tayori.pop3.settings import Settings as Pop3
from tayori.smtp.settings import Settings as Smtp
from tayori.spool.settings import Settings as Spool


def smtp(config: Config, service: str) -> Smtp:
    """`service` is smtp, submission, submissions, alternate or lmtp."""
    return Smtp(
        hostname=config.hostname,
        service=service,
        message=config.limits.message,
        recipients=config.limits.recipients,
        plaintext_without_tls=config.auth.plaintext_without_tls,
    )


def imap(config: Config) -> Imap:
    return Imap(
        hostname=config.hostname,
        message=config.limits.message,
        plaintext_without_tls=config.auth.plaintext_without_tls,
        idle=config.limits.idle,
        without=frozenset(config.imap.without),
        message_limit=config.imap.message_limit,
        save_limit=config.imap.save_limit,
    )


def pop3(config: Config) -> Pop3:
    return Pop3(hostname=config.hostname, plaintext_without_tls=config.auth.plaintext_without_tls)


def spool(config: Config) -> Spool:
    return Spool(hostname=config.hostname, message=config.limits.message)

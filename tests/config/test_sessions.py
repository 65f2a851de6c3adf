"""Each package gets what the settings say, and nothing of the file."""

from tayori.config import load, sessions

CONFIG = load(
    None,
    {},
    {
        "hostname": "mail.example.org",
        "limits.message": "1M",
        "limits.recipients": "7",
        "limits.idle": "40m",
        "auth.plaintext_without_tls": "true",
        "imap.without": "IDLE, move",
        "imap.message_limit": "5000",
        "imap.save_limit": "2000",
    },
)


def test_smtp_gets_its_limits() -> None:
    settings = sessions.smtp(CONFIG, "submission")
    assert (settings.hostname, settings.service) == ("mail.example.org", "submission")
    assert (settings.message, settings.recipients, settings.plaintext_without_tls) == (2**20, 7, True)


def test_imap_gets_its_limits() -> None:
    settings = sessions.imap(CONFIG)
    assert (settings.hostname, settings.message) == ("mail.example.org", 2**20)
    assert (settings.idle, settings.plaintext_without_tls) == (2400.0, True)


def test_imap_leaves_out_what_the_settings_name() -> None:
    assert sessions.imap(CONFIG).without == {"IDLE", "MOVE"}


def test_imap_gets_how_many_messages_a_command_touches() -> None:
    settings = sessions.imap(CONFIG)
    assert (settings.message_limit, settings.save_limit) == (5000, 2000)


def test_pop3_bears_ten_minutes_of_silence() -> None:
    settings = sessions.pop3(CONFIG)
    assert (settings.hostname, settings.plaintext_without_tls, settings.idle) == ("mail.example.org", True, 600.0)


def test_the_spool_gets_its_limit() -> None:
    assert sessions.spool(CONFIG).message == 2**20

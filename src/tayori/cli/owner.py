"""Root becomes DATA's owner before anything in DATA is opened: no file of root's may stand in a server's way."""

import os
import pwd

from tayori.cli.refusal import Refused
from tayori.config import Config


def become(config: Config) -> None:
    """Does nothing but for root. A new DATA belongs to the settings' user, else to the caller. Raises Refused."""
    if os.geteuid() != 0:
        return
    user, group = _named(config.user) if config.user else (0, 0)
    try:
        found = config.data.stat()
    except FileNotFoundError:
        config.data.mkdir(mode=0o700, parents=True)
        os.chown(config.data, user, group)
    else:
        user, group = found.st_uid, found.st_gid
    if user != 0:
        os.setgroups([])
        os.setegid(group)
        os.seteuid(user)


def _named(user: str) -> tuple[int, int]:
    try:
        entry = pwd.getpwnam(user)
    except KeyError as cause:
        raise Refused(f'there is no user {user} on this machine; make it, or change "user" in the settings') from cause
    return entry.pw_uid, entry.pw_gid

"""tayori config check|show"""

import os
import pwd
import sys

import click

from tayori.cli import output
from tayori.cli.given import here, settings
from tayori.cli.refusal import Refused


@click.group("config", no_args_is_help=True)
@settings
def config() -> None:
    """What is set, and what is wrong with it."""


@config.command()
@settings
def check() -> None:
    """Tell what is wrong with the settings.

    Also with the certificates that they name; every problem is told, a line each.
    """
    from tayori.config import ConfigError, load

    try:
        config = load(here().file(), os.environ, here().overrides)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(1)
    if config.user:
        try:
            pwd.getpwnam(config.user)
        except KeyError:
            raise Refused(f"{config.file}: user: there is no {config.user!r} on this system; make it first") from None
    if config.relay.password is not None:
        try:
            config.relay.password.revealed(os.environ)
        except ValueError as cause:
            raise Refused(f"{config.file}: [relay] password: {cause}") from cause
    if config.tls.certificate:
        from tayori.net import certificates

        try:
            certificates.context(list(zip(config.tls.certificate, config.tls.key, strict=True)))
        except certificates.CertificateError as cause:
            raise Refused(f"{config.file}: [tls] {cause}") from cause
    click.echo(f"{config.file or 'no file, so the defaults'}: all is well")


@config.command()
@output.as_json
@settings
def show(json_wanted: bool) -> None:
    """Show every setting as it is in force.

    Defaults too; secrets stay hidden.
    """
    from tayori.config import shown

    config = here().config()
    click.echo(shown.as_json(config) if json_wanted else shown.as_toml(config))

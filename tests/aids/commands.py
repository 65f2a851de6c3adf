"""The command line in this process, on a DATA and a settings file of its own."""

import json
from io import StringIO
from pathlib import Path

from click.testing import CliRunner, Result

from tayori.cli import main

SETTINGS = """\
hostname = "mail.example.org"
domains = ["example.org"]
data = "data"
"""


class Commands:
    """`run("account", "list")` is `tayori --config FILE account list`."""

    def __init__(self, folder: Path, settings: str = SETTINGS) -> None:
        self.file = folder / "tayori.toml"
        self.data = folder / "data"
        self.file.write_text(settings)

    def run(self, *arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, ["--config", str(self.file), *arguments], input=typed)

    def done(self, *arguments: str, typed: str = "") -> str:
        """What it says; it must succeed."""
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *arguments: str, typed: str = "") -> str:
        """The one line on stderr; the exit status must be 1."""
        result = self.run(*arguments, typed=typed)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1), result.output
        return result.stderr.rstrip("\n")

    def listed(self, *arguments: str) -> object:
        """What it says in JSON."""
        return json.loads(self.done(*arguments, "--json"))

    def add(self, address: str, password: str = "wonder land") -> str:
        return self.done("account", "add", address, "--password-stdin", typed=f"{password}\n")


class Terminal(StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True

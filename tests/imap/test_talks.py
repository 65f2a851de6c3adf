"""Whole conversations, held in every way that a network can bring them."""

import asyncio
from pathlib import Path

import pytest

from aids import talk
from aids.mailroom import Mailroom
from aids.peer import ScriptedPeer
from aids.talk import Way
from tayori.ports import Conversation

OPTIONS: dict[str, dict[str, object]] = {
    "clear": {"plaintext_without_tls": False},
    "small": {"message": 100},
    "few-errors": {"errors": 5},
    "without-idle": {"without": frozenset({"IDLE"})},
    "without-metadata": {"without": frozenset({"METADATA"})},
    "two-messages": {"message_limit": 2},
    "saves-two": {"save_limit": 2},
    "without-multiappend": {"without": frozenset({"MULTIAPPEND"})},
    "without-esort": {"without": frozenset({"ESORT"})},
    "without-url-partial": {"without": frozenset({"URL-PARTIAL"})},
    "without-literal-plus": {"without": frozenset({"LITERAL+"})},
}


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("path", talk.paths("imap"), ids=lambda path: path.stem)
def test_the_talk_goes_as_written(path: Path, way: Way) -> None:
    mailroom = Mailroom()

    def opened(peer: ScriptedPeer, options: dict[str, str]) -> Conversation:
        settings = {key: value for option in options for key, value in OPTIONS.get(option, {}).items()}
        return mailroom.session(peer, **settings)

    spoken = talk.parsed(path.read_text(encoding="utf-8"), path.stem)
    asyncio.run(talk.hold(spoken, way, opened, mailroom.world()))

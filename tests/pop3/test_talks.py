"""Whole conversations, held in every way that a network can bring them."""

import asyncio
from pathlib import Path

import pytest

from aids import talk
from aids.peer import ScriptedPeer
from aids.postbox import Postbox
from aids.talk import Way
from tayori.ports import Conversation

OPTIONS = {"clear": {"plaintext_without_tls": False}}


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("path", talk.paths("pop3"), ids=lambda path: path.stem)
def test_the_talk_goes_as_written(path: Path, way: Way) -> None:
    postbox = Postbox()

    def opened(peer: ScriptedPeer, options: dict[str, str]) -> Conversation:
        settings = {key: value for option in options for key, value in OPTIONS.get(option, {}).items()}
        return postbox.session(peer, **settings)

    happenings = {"arrive": postbox.arrive, "expunge": postbox.expunge}
    spoken = talk.parsed(path.read_text(encoding="utf-8"), path.stem)
    asyncio.run(talk.hold(spoken, way, opened, happenings))

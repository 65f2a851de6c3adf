"""Conversations: the talk files, held in every way, and what they cannot show."""

import asyncio
from pathlib import Path

import pytest

from aids.house import OPTIONS, House
from aids.peer import ScriptedPeer
from aids.talk import Way, hold, parsed, paths
from tayori.ports import Conversation


@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
@pytest.mark.parametrize("path", paths("smtp"), ids=lambda path: path.stem)
def test_the_talk_goes_as_written(path: Path, way: Way, house: House) -> None:
    def opened(peer: ScriptedPeer, options: dict[str, str]) -> Conversation:
        return house.session(peer, **{key: OPTIONS[key](value) for key, value in options.items() if key in OPTIONS})

    asyncio.run(hold(parsed(path.read_text(), path.stem), way, opened))

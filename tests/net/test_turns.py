"""Turns: one goes on in each turn of the loop."""

import asyncio

from tayori.net.turns import Turns


async def busy(turns: Turns, name: str, said: list[str]) -> None:
    for _ in range(3):
        await turns.next()
        said.append(name)


async def test_those_who_are_busy_go_on_in_turn() -> None:
    turns, said = Turns(), list[str]()
    await asyncio.gather(*(busy(turns, name, said) for name in "abc"))
    assert "".join(said) == "abcabcabc"


async def test_who_has_just_been_spoken_to_waits_for_one_of_them_at_most() -> None:
    turns, said = Turns(), list[str]()
    tasks = [asyncio.create_task(busy(turns, "x", said)) for _ in range(20)]
    for _ in range(3):  # they have begun, and the first has had its turn
        await asyncio.sleep(0)
    assert said
    before = len(said)
    heard = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(heard.set_result, None)
    await heard
    assert len(said) - before <= 2
    await asyncio.gather(*tasks)


async def test_who_is_alone_goes_on_in_the_next_turn_of_the_loop() -> None:
    turns, said = Turns(), list[str]()
    task = asyncio.create_task(busy(turns, "a", said))
    for _ in range(4):
        await asyncio.sleep(0)
    assert said == ["a"] * 3
    await task


async def test_one_who_does_not_wait_any_more_is_passed_over() -> None:
    turns, said = Turns(), list[str]()
    tasks = [asyncio.create_task(busy(turns, name, said)) for name in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert "".join(said) == "acacac"

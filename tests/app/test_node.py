"""What a process offers on its ports."""

from math import inf
from typing import cast

from aids.directory import MemoryDirectory
from tayori.app.node import SERVED, Node
from tayori.config import load
from tayori.net.clock import SystemClock
from tayori.spool import Spool
from tayori.store import Store


def test_nobody_stays_without_a_login_where_one_is_asked_for() -> None:
    node = Node(load(None, {}, {}), {}, MemoryDirectory(), cast(Store, None), cast(Spool, None), SystemClock())
    unhurried = {name for name in SERVED if node.service(name, lambda: None).login_within == inf}
    assert unhurried == {"smtp", "lmtp"}

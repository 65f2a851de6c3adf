"""SEARCHRES: a result is saved, and "$" stands for it in later commands. RFC 5182."""

from tayori.imap.offer import Extension
from tayori.imap.search_results import Result

_PARTS = {b"MIN", b"MAX", b"PARTIAL"}  # RFC 5182 section 2.4, RFC 9394 section 3.2


def _save(result: Result) -> None:
    """All of it; of MIN, MAX and PARTIAL, where nothing else is asked for, only those. RFC 9394 section 3.2."""
    uids = result.uids
    others = result.asked - {b"SAVE"}
    if others and others <= _PARTS:
        parts = [uids[result.page] if result.page is not None else []]
        parts += [uids[:1]] * (b"MIN" in others) + [uids[-1:]] * (b"MAX" in others)
        uids = list({uid for part in parts for uid in part})
    result.view.saved = sorted(uids)


EXTENSION = Extension(
    rfc="5182", capability=b"SEARCHRES", needs=(b"ESEARCH",), search_returns={b"SAVE": lambda _: _save}
)

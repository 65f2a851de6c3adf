"""SEARCHRES: a result is saved, and "$" stands for it in later commands. RFC 5182."""

from tayori.imap.offer import Extension
from tayori.imap.search_results import Result


def _save(result: Result) -> None:
    """All of it; with only MIN or MAX asked for besides, only those. RFC 5182 section 2.4."""
    uids = result.uids
    others = result.asked - {b"SAVE"}
    if others and uids and others <= {b"MIN", b"MAX"}:
        ends = [uids[0]] * (b"MIN" in others) + [uids[-1]] * (b"MAX" in others)
        uids = list(set(ends))
    result.view.saved = sorted(uids)


EXTENSION = Extension(
    rfc="5182", capability=b"SEARCHRES", needs=(b"ESEARCH",), search_returns={b"SAVE": lambda _: _save}
)

"""SEARCH=FUZZY: a text is found that is only like the one looked for, and how well it matches is told. RFC 6203.

Other keys mean behind FUZZY what they mean without it, as RFC 6203 section 5 lets a server choose.
"""

from tayori.imap.offer import Extension
from tayori.imap.search_keys import Wrapper
from tayori.imap.search_results import Result
from tayori.imap.sorting import Scored
from tayori.model import BodyHas, Fuzzy, HeaderHas, SearchKey, TextHas


def _fuzzy(key: SearchKey) -> SearchKey:
    """The empty text asks whether a field is there, which has no degrees."""
    return Fuzzy(key) if isinstance(key, HeaderHas | BodyHas | TextHas) and key.text else key


def _relevancy(result: Result) -> bytes:
    return b"RELEVANCY (%b)" % b" ".join([b"%d" % score for score in result.relevancy]) if result.relevancy else b""


EXTENSION = Extension(
    rfc="6203",
    capability=b"SEARCH=FUZZY",
    needs=(b"ESEARCH",),
    search_wrappers={b"FUZZY": Wrapper(1, lambda keys: keys[0], _fuzzy)},
    search_returns={b"RELEVANCY": lambda _: _relevancy},
    sort={b"RELEVANCY": Scored.RELEVANCY},
)

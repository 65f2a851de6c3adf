"""Names of flags and the bits that stand for them in one mailbox. RFC 3501 section 2.3.2."""

from collections.abc import Iterable, Sequence

from tayori.errors import TooMany
from tayori.model import FIRST_KEYWORD_BIT, MAX_KEYWORDS, SYSTEM_FLAGS

_SYSTEM = {name.lower(): 1 << bit for bit, name in enumerate(SYSTEM_FLAGS)}

SYSTEM = (1 << FIRST_KEYWORD_BIT) - 1
ALL = (1 << (FIRST_KEYWORD_BIT + MAX_KEYWORDS)) - 1


def known(names: Iterable[str], keywords: Sequence[str]) -> int:
    """The bits of those that the mailbox knows, names in any case; \\Recent is nobody's to set."""
    bits = _SYSTEM | {keyword.lower(): 1 << bit for bit, keyword in enumerate(keywords, FIRST_KEYWORD_BIT)}
    mask = 0
    for name in names:
        mask |= bits.get(name.lower(), 0)
    return mask


def learnt(names: Iterable[str], keywords: Sequence[str]) -> tuple[str, ...]:
    """The mailbox's keywords and behind them the new ones among `names`. Raises TooMany."""
    folded = {keyword.lower() for keyword in keywords}
    learnt = list(keywords)
    for name in names:
        if not name.startswith("\\") and name.lower() not in folded:
            folded.add(name.lower())
            learnt.append(name)
    if len(learnt) > MAX_KEYWORDS:
        raise TooMany(f"A mailbox has at most {MAX_KEYWORDS} keywords")
    return tuple(learnt)


def split(keywords: str) -> tuple[str, ...]:
    """The keywords as the catalog keeps them: atoms with a space between."""
    return tuple(keywords.split(" ")) if keywords else ()


def remapped(used: Iterable[str], source: Sequence[str], target: Sequence[str]) -> str:
    """An SQL expression for `flags` of one mailbox as another's bits; just "flags" where both count alike."""
    folded = [keyword.lower() for keyword in target]
    moves = [(list(source).index(keyword), folded.index(keyword.lower())) for keyword in used]
    if all(old == new for old, new in moves):
        return "flags"
    shifted = [f"((flags >> {FIRST_KEYWORD_BIT + old} & 1) << {FIRST_KEYWORD_BIT + new})" for old, new in moves]
    return f"(flags & {SYSTEM} | " + " | ".join(shifted) + ")"

"""The known word that a misspelt one probably means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the word of `known` that `word` is most like, or None if none is close."""
    by_folded = {option.casefold(): option for option in sorted(known, reverse=True)}
    close = difflib.get_close_matches(word.casefold(), sorted(by_folded), n=1, cutoff=cutoff)
    return by_folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "Did you mean `load`?" for the nearest known word, or an empty string."""
    found = nearest(word, known)
    return f"Did you mean `{found}`?" if found else ""


def quoted(text: str) -> str:
    """Return what a user wrote, between backticks and with control characters escaped."""
    return f"`{repr(text)[1:-1]}`"


def listed(words: Iterable[str]) -> str:
    """Return the words quoted and joined as a sentence lists them: `a`, `b` and `c`."""
    all_words = [quoted(word) for word in words]
    if len(all_words) < 2:  # noqa: PLR2004
        return "".join(all_words)
    return f"{', '.join(all_words[:-1])} and {all_words[-1]}"

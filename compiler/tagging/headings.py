"""Headings of text cells, and the step names they suggest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbprism.compiler.tagging.step_names import allowed_name, name_problem

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>|!?\[([^\]]*)\]\([^)]*\)|\$[^$]*\$")
_APOSTROPHE = re.compile(r"(?<=[a-z])['\N{RIGHT SINGLE QUOTATION MARK}](?=[a-z])")
_WORD = re.compile(r"[a-z][a-z0-9]*")
_SMALL_WORDS = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "can",
        "do",
        "for",
        "from",
        "get",
        "have",
        "how",
        "in",
        "into",
        "is",
        "it",
        "its",
        "let",
        "lets",
        "me",
        "my",
        "now",
        "of",
        "on",
        "or",
        "our",
        "so",
        "some",
        "step",
        "part",
        "section",
        "that",
        "the",
        "their",
        "then",
        "this",
        "to",
        "up",
        "us",
        "using",
        "we",
        "what",
    }
)
_MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a text cell."""

    level: int
    text: str


def last_heading(source: str) -> Heading | None:
    """Return the last heading in a text cell: the one that the code below it stands under."""
    found = _HEADING.findall(_FENCE.sub("", source))
    return Heading(len(found[-1][0]), found[-1][1]) if found else None


def step_name_of(heading: str) -> str | None:
    """Return the step name that a heading suggests, such as `feature_engineering`, or None."""
    plain = _APOSTROPHE.sub("", _MARKUP.sub(r"\1", heading).casefold())
    words = _WORD.findall(plain)
    telling = [word for word in words if word not in _SMALL_WORDS] or words
    if not telling:
        return None
    name = "_".join(telling[:_MOST_WORDS])
    return name if name_problem(name) is None else allowed_name(name)

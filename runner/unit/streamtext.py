"""Printed text with carriage returns, as a terminal would show it."""

from __future__ import annotations


def settled(text: str) -> str:
    """Return the text as it looks in the end: overwritten parts gone, no carriage returns."""
    if "\r" not in text:
        return text
    return "\n".join(_shown(line) for line in _lines(text))


def folded(text: str) -> str:
    """Return a shorter text that looks the same, and still does when more is printed after it."""
    if "\r" not in text:
        return text
    *closed, last = _lines(text)
    return "\n".join([*(_shown(line) for line in closed), _open(last)])


def condensed(text: str) -> str:
    """Return a shorter text that has the same effect after whatever was printed before it."""
    if text.count("\r") < 2:  # noqa: PLR2004 - one carriage return cannot be spared
        return text
    first, *rest = _lines(text)
    if "\r" not in first:
        return "\n".join([first, folded("\n".join(rest))])
    # The first line goes on from one that is not known here: what comes before the first return
    # ends that one, and only what follows can be laid over itself.
    before, _, over = first.partition("\r")
    if not rest:
        return f"{before}\r{_open(over)}"
    return "\n".join([f"{before}\r{_shown(over)}", folded("\n".join(rest))])


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def _shown(line: str) -> str:
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part) :]
    return shown


def _open(line: str) -> str:
    """Return a line that goes on where this one does: shown in full, then back to the place."""
    shown, at = _shown(line), line.rpartition("\r")[2]
    return shown if len(at) == len(shown) else f"{shown}\r{at}"

"""Printed text with carriage returns, as a terminal would show it."""

from __future__ import annotations


def settled(text: str) -> str:
    """Return the text with every overwritten line as it looks in the end.

    A line that ends in a carriage return keeps it: what is printed next overwrites that line.
    """
    if "\r" not in text:
        return text
    return "\n".join(_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def condensed(text: str) -> str:
    """Return a shorter text that has the same effect when it is appended to what is there."""
    if text.count("\r") < 2:  # noqa: PLR2004 - one carriage return cannot be spared
        return text
    first, *rest = text.replace("\r\n", "\n").split("\n")
    # The first line continues one that is not known here, so what it had before the first return
    # stays, and what follows is laid over it.
    before, _, over = first.partition("\r")
    head = f"{before}\r{_line(over)}" if "\r" in first else first
    return "\n".join([head, *(_line(line) for line in rest)])


def _line(line: str) -> str:
    if "\r" not in line:
        return line
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part) :]
    return f"{shown}\r" if line.endswith("\r") else shown

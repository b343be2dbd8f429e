"""The settings of the server extension, as one frozen value.

Built once from the traits of `PrismApp` and passed in; nothing here reads an environment.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What an administrator may set; units are in the names."""

    cluster: str = "local"
    """Where runs go: `local`, an address, or a name from the user's list of clusters.

    A request may choose another by name; an address is never taken from a request.
    """
    max_body_bytes: int = 64 * 1024 * 1024
    """Largest request body that is read; a notebook with its outputs has to fit."""
    max_frame_bytes: int = 1024 * 1024
    """Events are sent in frames of about this size at most; a single larger event still goes."""
    fastest_poll_s: float = 0.02
    """How soon a live stream looks at the log again while events keep coming."""
    slowest_poll_s: float = 0.1
    """How long it waits at most while nothing happens."""
    lost_check_s: float = 2.0
    """How long a log must be silent before the stream asks whether its driver is alive."""
    max_streams: int = 100
    """Event streams open at once; one more is refused."""
    drives: tuple[str, ...] = ("RTC",)
    """Drive names that a front end may put before a path, as in `RTC:train.ipynb`."""

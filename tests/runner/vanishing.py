"""A file that another process removes between a look and the next."""

from __future__ import annotations

import pathlib
from typing import Any


class VanishingFile(type(pathlib.Path())):  # type: ignore[misc] # the class is the system's
    """Is there when it is looked for, and gone when it is opened."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        self.unlink(missing_ok=True)
        return super().open(*args, **kwargs)

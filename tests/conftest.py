"""How properties are tested: without a clock, for the machine may be busy."""

from __future__ import annotations

import os

from hypothesis import settings

# CI tries the same examples each time, so that what fails there fails here; at home they vary.
settings.register_profile("nbprism", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("nbprism")

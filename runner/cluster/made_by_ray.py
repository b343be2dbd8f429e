"""What Ray is told to make for a step: packages, a conda environment, a container."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbprism.compiler.settings.step import StepSettings
from nbprism.runner.remote.ground import NEEDED


def runtime_environment(
    settings: StepSettings, of_job: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return Ray's `runtime_env` for a step; None if it asks for nothing.

    Args:
        settings: The step's.
        of_job: That of the job; its packages have to be asked for again, for Ray takes the step's
            list in place of them.
    """
    if settings.pip:
        packages: Sequence[str] = ((of_job or {}).get("pip") or {}).get("packages") or ()
        return {"pip": [*packages, *settings.pip]}
    if settings.uv:
        return {"uv": list(settings.uv)}
    if isinstance(settings.conda, str):
        return {"conda": settings.conda}
    if settings.conda:
        # A new environment has nothing that is not asked for.
        return {"conda": {"dependencies": [*settings.conda, "pip", {"pip": list(NEEDED)}]}}
    return {"image_uri": settings.image} if settings.image else None

"""nbprism splits a notebook into Ray tasks."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Return where JupyterLab finds the built extension, in the words it asks for."""
    return [{"src": "labextension", "dest": "nbprism"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Return what Jupyter's server loads."""
    # A Ray worker imports nbprism too, and must not pay for a web server.
    from nbprism.server_ext.app import PrismApp

    return [{"module": "nbprism", "app": PrismApp}]

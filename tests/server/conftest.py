"""A Jupyter server in the test's process, with the extension loaded, over a temporary folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client import Client, Fetch
from pytest_jupyter.jupyter_server import *  # noqa: F403 - its fixtures, for this folder only

from nbprism.server_ext.app import PrismApp


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"nbprism": True}}}


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep whatever a run leaves on this machine inside the test's folder."""
    state = tmp_path / "state"
    monkeypatch.setenv("NBPRISM_STATE_DIR", str(state))
    return state


@pytest.fixture(autouse=True)
def clusters_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let nobody read or write the real list of clusters; this one is not there yet."""
    path = tmp_path / "nbprism" / "clusters.toml"
    monkeypatch.setenv("NBPRISM_CLUSTERS", str(path))
    return path


@pytest.fixture
def client(jp_fetch: Fetch) -> Client:
    return Client(jp_fetch)


@pytest.fixture
def app(jp_serverapp: Any) -> PrismApp:
    found = jp_serverapp.extension_manager.extension_points["nbprism"].app
    assert isinstance(found, PrismApp)
    return found

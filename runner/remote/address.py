"""How to reach a Ray cluster: by URL, or by a name in the user's list of clusters.

The list is `clusters.toml` in the user's configuration folder:

    [farm]
    url = "https://ray.example.org"
    headers = { Cookie = "env:FARM_COOKIE" }   # secrets stay in the environment
    ca = "/etc/ssl/farm.pem"                   # for TLS with a certificate of one's own
    store = "/mnt/shared/nbprism"              # a folder that every node sees, or s3://bucket/path
    install = ["papermill", "ipykernel"]       # what the cluster's Python lacks
    like_here = true                           # and what notebooks import, in the versions here
    autoscales = true                          # a step that no node can take yet is not refused

Ray's token is found where Ray looks for it: RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH, ~/.ray/auth_token.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import platformdirs

from nbprism.compiler.spelling import did_you_mean
from nbprism.runner.errors import ClusterUnknown

LOCAL: Final = "local"
_KEYS: Final = ("url", "headers", "ca", "store", "install", "like_here", "autoscales")
_FROM_ENVIRONMENT: Final = "env:"


@dataclass(frozen=True, slots=True)
class RemoteCluster:
    """A cluster behind the HTTP address of its head."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request; may hold secrets, so they are not shown."""
    ca: str | None = None
    store: str | None = None
    install: tuple[str, ...] = ()
    like_here: bool = False
    """Whether the packages that a notebook imports are installed there, in the versions here."""
    autoscales: bool = False
    """Whether nodes may come that are not there yet: a step waits instead of being refused."""


def clusters_file() -> Path:
    """Return where the user's list of clusters is."""
    given = os.environ.get("NBPRISM_CLUSTERS")
    return Path(given) if given else Path(platformdirs.user_config_dir("nbprism")) / "clusters.toml"


def known_clusters() -> dict[str, dict[str, Any]]:
    """Return the user's list: name -> settings, as they are written there.

    Raises:
        ClusterUnknown: the list is there, but cannot be read.
    """
    path = clusters_file()
    try:
        with path.open("rb") as file:
            found: dict[str, dict[str, Any]] = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ClusterUnknown(f"The list of clusters {path} cannot be read: {error}.") from error
    return found


def add_cluster(name: str, url: str) -> None:
    """Write a cluster at the end of the user's list; what is there stays as it is, comments too.

    Raises:
        ClusterUnknown: the list cannot be written.
    """
    path = clusters_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            # A string of JSON is one of TOML.
            file.write(f"\n[{name}]\nurl = {json.dumps(url)}\n")
    except OSError as error:
        raise ClusterUnknown(f"The list of clusters {path} cannot be written: {error}.") from error


def find_cluster(name: str) -> RemoteCluster:
    """Return the cluster of that URL or name.

    Raises:
        ClusterUnknown: it is neither, or its settings are wrong.
    """
    if urlsplit(name).scheme in {"http", "https"}:
        return RemoteCluster(name.rstrip("/"), _token())
    listed = known_clusters()
    if name not in listed:
        hint = did_you_mean(name, [LOCAL, *listed]) or f"List it in {clusters_file()}."
        raise ClusterUnknown(
            f"There is no cluster '{name}'. Give `local`, the address of a Ray head such as "
            f"http://head:8265, or a name from your list. {hint}"
        )
    return _from_list(name, listed[name])


def _from_list(name: str, settings: Mapping[str, Any]) -> RemoteCluster:
    for key in settings:
        if key not in _KEYS:
            raise ClusterUnknown(
                f"Cluster '{name}' has a setting `{key}` that means nothing. "
                f"{did_you_mean(key, _KEYS)}".strip()
            )
    url = str(settings.get("url", ""))
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ClusterUnknown(f"Cluster '{name}' needs a `url` such as http://head:8265.")
    given = {key: _secret(name, key, text) for key, text in settings.get("headers", {}).items()}
    return RemoteCluster(
        url.rstrip("/"),
        {**_token(), **given},
        settings.get("ca"),
        settings.get("store"),
        tuple(settings.get("install", ())),
        bool(settings.get("like_here")),
        bool(settings.get("autoscales")),
    )


def _secret(cluster: str, header: str, text: str) -> str:
    if not text.startswith(_FROM_ENVIRONMENT):
        return text
    variable = text.removeprefix(_FROM_ENVIRONMENT)
    if variable not in os.environ:
        raise ClusterUnknown(
            f"Cluster '{cluster}' takes its header `{header}` from ${variable}, which is not set."
        )
    return os.environ[variable]


def _token() -> dict[str, str]:
    """Return Ray's own token as a header, if there is one."""
    text = os.environ.get("RAY_AUTH_TOKEN") or _token_file()
    return {"Authorization": f"Bearer {text.strip()}"} if text else {}


def _token_file() -> str:
    path = os.environ.get("RAY_AUTH_TOKEN_PATH") or Path.home() / ".ray" / "auth_token"
    try:
        return Path(path).read_text()
    except OSError:
        return ""

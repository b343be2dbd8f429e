"""Clusters by URL and by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbprism.runner.errors import ClusterUnknown
from nbprism.runner.remote.address import find_cluster


@pytest.fixture(autouse=True)
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this test a list of clusters and a home of its own."""
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "clusters.toml"
    monkeypatch.setenv("NBPRISM_CLUSTERS", str(path))
    return path


def test_an_address_needs_no_list() -> None:
    assert find_cluster("http://head:8265/").url == "http://head:8265"


def test_rays_token_is_found_where_ray_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("from-home\n")
    assert find_cluster("http://head:8265").headers == {"Authorization": "Bearer from-home"}
    monkeypatch.setenv("RAY_AUTH_TOKEN", "from-environment")
    assert find_cluster("http://head:8265").headers["Authorization"] == "Bearer from-environment"


def test_secrets_of_a_named_cluster_come_from_the_environment_and_are_not_shown(
    listed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed.write_text('[farm]\nurl = "https://ray"\nheaders = { Cookie = "env:FARM" }')
    with pytest.raises(ClusterUnknown, match=r"from \$FARM, which is not set"):
        find_cluster("farm")
    monkeypatch.setenv("FARM", "secret")
    cluster = find_cluster("farm")
    assert cluster.headers == {"Cookie": "secret"}
    assert "secret" not in repr(cluster)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("", "farm", "There is no cluster 'farm'"),
        ('[farm]\nurl = "http://x"', "fram", "Did you mean `farm`?"),
        ('[farm]\nurl = "ray://x"', "farm", "needs a `url`"),
        ('[farm]\nurl = "http://x"\nstroe = "/x"', "farm", "`stroe` that means nothing"),
        ("[farm", "farm", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_name_or_the_list_is_said(
    listed: Path, text: str, name: str, said: str
) -> None:
    listed.write_text(text)
    with pytest.raises(ClusterUnknown, match=said):
        find_cluster(name)


def test_what_a_cluster_does_is_as_it_is_listed(listed: Path) -> None:
    listed.write_text('[farm]\nurl = "http://x"\nautoscales = true\nstore = "s3://b/p"')
    cluster = find_cluster("farm")
    assert (cluster.autoscales, cluster.like_here, cluster.store) == (True, False, "s3://b/p")

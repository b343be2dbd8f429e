"""Archives in object storage; here a folder stands for the cloud. S3's own protocol: `tests/cluster`."""

from __future__ import annotations

from pathlib import Path

import pytest
from blake3 import blake3

from nbprism.runner import layout
from nbprism.runner.artifacts import bucket as buckets
from nbprism.runner.artifacts.bucket import Bucket, is_bucket
from nbprism.runner.errors import ArtifactCorrupt, ArtifactMissing, StoreError
from nbprism.runner.manifests import is_there

CONTENT = bytes(range(256)) * 1000
DIGEST = blake3(CONTENT).hexdigest()


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    place = tmp_path / "cloud"
    place.mkdir()
    return place


@pytest.fixture
def bucket(cloud: Path) -> Bucket:
    return Bucket(f"file://{cloud}")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / DIGEST
    path.write_bytes(CONTENT)
    return path


def test_an_archive_is_there_after_it_was_put(bucket: Bucket, archive: Path) -> None:
    assert not bucket.has(DIGEST)
    bucket.put(archive, DIGEST)
    bucket.put(archive, DIGEST)
    assert bucket.has(DIGEST)


def test_it_comes_back_in_pieces_and_is_what_it_was(
    bucket: Bucket, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "PIECE", 1000)
    bucket.put(archive, DIGEST)
    bucket.fetch(tmp_path / "store", DIGEST)
    assert layout.archive(tmp_path / "store", DIGEST).read_bytes() == CONTENT


def test_other_bytes_are_not_kept(
    bucket: Bucket, archive: Path, cloud: Path, tmp_path: Path
) -> None:
    bucket.put(archive, DIGEST)
    [kept] = cloud.rglob(DIGEST)
    kept.write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(ArtifactCorrupt, match="with other bytes"):
        bucket.fetch(tmp_path / "store", DIGEST)
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


def test_what_is_not_there_is_said_to_be_missing(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissing, match="does not have artifact"):
        bucket.fetch(tmp_path / "store", DIGEST)


def test_an_address_that_cannot_be_used_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere://at/all cannot be used"):
        Bucket("nowhere://at/all").try_out()


def test_trying_out_leaves_nothing(bucket: Bucket, cloud: Path) -> None:
    bucket.try_out()
    assert not [path for path in cloud.rglob("*") if path.is_file()]


def test_an_archive_behind_the_store_is_kept(tmp_path: Path) -> None:
    assert not is_there(tmp_path, DIGEST, len(CONTENT))
    mark = layout.in_bucket(tmp_path, DIGEST)
    mark.parent.mkdir(parents=True)
    mark.touch()
    assert is_there(tmp_path, DIGEST, len(CONTENT))


@pytest.mark.parametrize(
    ("store", "so"), [("s3://a/b", True), ("gs://a", True), ("/mnt/x", False), (None, False)]
)
def test_an_address_is_told_from_a_folder(store: str | None, so: bool) -> None:
    assert is_bucket(store) is so

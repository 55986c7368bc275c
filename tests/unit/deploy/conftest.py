"""One repository and its two bundles, for every test that only reads them."""

import zipfile
from pathlib import Path

import pytest

from tests.unit.deploy.support import cut, make_repository


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of this tree would be. Not to be changed."""
    return make_repository(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="session")
def bundles(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with web.zip, worker.zip and each unpacked beside it."""
    out = tmp_path_factory.mktemp("bundles")
    done = cut(repository, out, "--release")
    assert done.returncode == 0, done.stderr
    for tier in ("web", "worker"):
        with zipfile.ZipFile(out / f"{tier}.zip") as archive:
            archive.extractall(out / tier)
    return out

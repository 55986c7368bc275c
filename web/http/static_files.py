"""Our scripts, styles and pictures, under addresses that change with their bytes, so that browsers may keep them.

The version stands in the folder's name, as it does for vendored folders: `/static/upload-3f2a9c41d07b/main.js`. A
module's relative imports, and a style sheet's relative addresses, carry it on without being rewritten, so that an inner
module can't be older than the one that imports it.
"""

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response, send_from_directory

from web.http.guards import open_to_all

ENDPOINT = "static"
VENDOR = "vendor"  # its folders are named after their packages' versions
KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
ASKED_AGAIN = "no-cache"


class StaticFiles:
    """The files of one folder of folders, as they are when the process starts."""

    def __init__(self, root: Path) -> None:
        self._root = root
        own = [folder for folder in root.iterdir() if folder.is_dir() and folder.name != VENDOR]
        self._versions = {folder.name: _version(folder) for folder in own}

    def install(self, app: Flask) -> None:
        """Serve the files below /static, and have `url_for("static", filename=…)` make their addresses."""
        app.add_url_rule("/static/<path:filename>", ENDPOINT, self.send)
        app.url_defaults(self._add_version)

    def _add_version(self, endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == ENDPOINT:
            folder, _, rest = values["filename"].partition("/")
            if folder in self._versions:
                values["filename"] = f"{folder}-{self._versions[folder]}/{rest}"

    @open_to_all
    def send(self, filename: str) -> Response:
        """One file. It may be kept for good when the address carries the version that is here: while two releases run
        side by side, the other's pages get the file too, but don't keep it as what it isn't."""
        top, _, rest = filename.partition("/")
        folder, _, version = top.rpartition("-")
        if folder in self._versions:
            filename = f"{folder}/{rest}"
        lasting = top == VENDOR or (folder in self._versions and version == self._versions[folder])
        response = send_from_directory(self._root, filename)
        response.headers["Cache-Control"] = KEPT_FOR_GOOD if lasting else ASKED_AGAIN
        return response


def install(app: Flask) -> None:
    """Serve the app's own files."""
    StaticFiles(Path(app.root_path) / "static").install(app)


def _version(folder: Path) -> str:
    """The start of the SHA-256 over the folder's names and bytes."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(folder).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]

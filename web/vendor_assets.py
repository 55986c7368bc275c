"""Copy the third-party files the pages use from node_modules into web/static/vendor/<name>-<version>/.

Run `npm ci` first, then `python -m web.vendor_assets`.
The copies are committed, so a deployment needs no npm.
"""

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "web" / "static" / "vendor"

FILES = {
    "@fontsource-variable/figtree": [
        "files/figtree-latin-wght-normal.woff2",
        "files/figtree-latin-ext-wght-normal.woff2",
        "LICENSE",
    ],
    "uplot": ["dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE"],
}


def copy_package(package: str, files: list[str]) -> Path:
    """Copy `files` of one installed npm package; returns the folder named after its exact version."""
    source = ROOT / "node_modules" / package
    version = json.loads((source / "package.json").read_text(encoding="utf-8"))["version"]
    target = VENDOR / f"{package.rpartition('/')[2]}-{version}"
    target.mkdir(parents=True, exist_ok=True)
    for name in files:
        shutil.copyfile(source / name, target / Path(name).name)
    return target


if __name__ == "__main__":
    for package, files in FILES.items():
        copy_package(package, files)

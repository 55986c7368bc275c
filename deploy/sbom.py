"""What ships that is not the portal's own, as CycloneDX: `python -m deploy.sbom [--output build/sbom.json]`.

Python packages with the digests by which pip admits them (requirements.txt), and the files of npm packages that pages
load (web/vendor_assets.py). The same tree gives the same bytes.
"""

import argparse
import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from web.vendor_assets import FILES

ROOT = Path(__file__).resolve().parent.parent
PINNED = re.compile(
    r"^([\w.-]+)(?:\[[\w,.-]+\])?==(\S+)(?: ; (.+?))? \\$((?:\n +--hash=sha256:[0-9a-f]{64}(?: \\)?$)+)", re.M
)
HASH = re.compile(r"sha256:([0-9a-f]{64})")


def python_packages(requirements: str) -> Iterator[Component]:
    """Of the text of a compiled requirements file."""
    for name, version, marker, hashes in PINNED.findall(requirements):
        yield Component(
            name=name,
            version=version,
            bom_ref=f"pypi:{name}@{version}",
            purl=PackageURL("pypi", None, name, version),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=found) for found in HASH.findall(hashes)],
            properties=[Property(name="image-portal:marker", value=marker)] if marker else [],
        )


def npm_packages(lock: str) -> Iterator[Component]:
    """Of the text of a package-lock.json: those whose files are copied."""
    packages = json.loads(lock)["packages"]
    for name in FILES:
        known = packages[f"node_modules/{name}"]
        algorithm, _, digest = known["integrity"].partition("-")
        if algorithm != "sha512":
            raise ValueError(f"{name} has no SHA-512")
        group, _, short = name.rpartition("/")
        yield Component(
            name=short,
            group=group or None,
            version=known["version"],
            bom_ref=f"npm:{name}@{known['version']}",
            purl=PackageURL("npm", group or None, short, known["version"]),
            hashes=[HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())],
            licenses=[LicenseExpression(known["license"])],
        )


def sbom(root: Path = ROOT) -> str:
    """The whole, as CycloneDX 1.6 in JSON: without a time or a number of its own."""
    portal = Component(name="image-portal", type=ComponentType.APPLICATION, bom_ref="image-portal")
    bom = Bom(metadata=BomMetaData(component=portal))
    bom.components.update(python_packages((root / "requirements.txt").read_text()))
    bom.components.update(npm_packages((root / "package-lock.json").read_text()))
    bom.register_dependency(portal, bom.components)
    told = json.loads(JsonV1Dot6(bom).output_as_string())
    told.pop("serialNumber", None)
    told["metadata"].pop("timestamp", None)
    return json.dumps(told, indent=2, sort_keys=True) + "\n"


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "build/sbom.json")
    output: Path = parser.parse_args().output
    output.parent.mkdir(parents=True, exist_ok=True)
    text = sbom()
    output.write_text(text)
    print(f"{output}: {len(json.loads(text)['components'])} components")  # noqa: T201 -- a command's output


if __name__ == "__main__":
    main()

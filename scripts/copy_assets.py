"""Copy the browser assets we serve from node_modules to app/static/vendor.

The table below is the whole list: a file that is not in it is never served. Beside the files goes
manifest.json with package, version, licence and SHA-256 of each, written last: the Makefile takes
it as the sign that the assets are complete.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "node_modules"
TARGET = ROOT / "app" / "static" / "vendor"

# package -> {file in the package: name under vendor/}
SERVED = {
    "@tabler/core": {
        "dist/css/tabler.min.css": "tabler.min.css",
        "dist/js/tabler.min.js": "tabler.min.js",
    },
    "htmx.org": {"dist/htmx.min.js": "htmx.min.js"},
    "uplot": {
        "dist/uPlot.min.css": "uPlot.min.css",
        "dist/uPlot.iife.min.js": "uPlot.iife.min.js",
    },
}


def main() -> None:
    """Empty the target folder, copy every served file, write the manifest."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    manifest = {name: entry for package in SERVED for name, entry in copied(package)}
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    (TARGET / "manifest.json").write_text(text, encoding="utf-8")


def copied(package: str) -> list[tuple[str, dict[str, str]]]:
    """Copy the served files of *package*; return their names and manifest entries."""
    about = json.loads((SOURCE / package / "package.json").read_text(encoding="utf-8"))
    entries = []
    for file, name in SERVED[package].items():
        content = without_map(SOURCE / package / file)
        (TARGET / name).write_bytes(content)
        entry = {
            "package": package,
            "version": about["version"],
            "licence": about["license"],
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        entries.append((name, entry))
    return entries


def without_map(file: Path) -> bytes:
    """The file's bytes less its pointer to a source map, which we do not serve."""
    lines = file.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if b"# sourceMappingURL=" not in line[:40]]
    return b"".join(kept)


if __name__ == "__main__":
    main()

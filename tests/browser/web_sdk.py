"""The official Web Broadcast SDK, from npm: its licence does not let us keep a copy here, and its CDN is not asked."""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

PACKAGE, VERSION = "amazon-ivs-web-broadcast", "1.41.0"
MEMBER = f"package/dist/{PACKAGE}.js"


def web_sdk() -> Path:
    """The script, fetched once for all later runs."""
    kept = user_cache_path("backdrop-studio") / f"{PACKAGE}-{VERSION}.js"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            subprocess.run(
                ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True, capture_output=True
            )
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
                script = package.extractfile(MEMBER)
                assert script is not None
                unpacked = Path(folder) / "script.js"
                unpacked.write_bytes(script.read())
            unpacked.replace(kept)
    return kept

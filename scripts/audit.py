"""Checks what the app is built from: the lock file, known advisories, and licences. Run by `make audit`.

Exits with 1 if the lock file does not fit requirements.txt, a locked package has a known vulnerability, or one comes
under a licence that would bind this project. Where the advisory database cannot be reached, it says so and goes on.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"

BINDING = re.compile(r"\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)
"""Licences that would bind what is built with them; the LGPL, for a library that is only imported, does not."""


def canonical(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_versions(lock: str) -> dict[str, str]:
    """Version by canonical name."""
    return {canonical(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+) \\$", lock, re.MULTILINE)}


def stale_pins(requirements: str, locked: dict[str, str]) -> list[str]:
    """Sentences about requirements that the lock file does not hold as they are."""
    sentences = []
    for name, version in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?(?:==(\S+)|[<>~].*)$", requirements, re.MULTILINE):
        found = locked.get(canonical(name))
        if found is None or (version and found != version):
            sentences.append(
                f"{name}: requirements.txt says {version or 'any'}, requirements.lock {found or 'nothing'}"
            )
    return sentences


def advisories() -> tuple[list[str], bool]:
    """Sentences about known vulnerabilities, and whether the database answered at all."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--require-hashes", "--disable-pip"]
    run = subprocess.run(  # noqa: S603
        [*command, "--format", "json", "--progress-spinner", "off"], capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError):
        return [], False
    found = [
        f"{package['name']} {package['version']}: {each['id']}, mended in {', '.join(each['fix_versions']) or 'none'}"
        for package in packages
        for each in package.get("vulns", [])
    ]
    return found, any("skip_reason" not in package for package in packages)


def binding_licences(names: list[str]) -> list[str]:
    """Sentences about installed packages under a licence that binds."""
    sentences = []
    for name in names:
        try:
            about = metadata(name)
        except PackageNotFoundError:
            continue  # For another platform.
        stated = about.get("License-Expression") or (about.get("License") or "")[:200]
        classified = [each for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
        text = "; ".join([stated, *classified])
        if BINDING.search(text.replace("LGPL", "").replace("Lesser General Public", "")) and " OR " not in stated:
            sentences.append(f"{name}: {text}")
    return sentences


def main() -> int:
    """Print what was found; 1 if anything must be mended."""
    locked = locked_versions(LOCK.read_text())
    problems = stale_pins((ROOT / "requirements.txt").read_text(), locked)
    if problems:
        problems.append("Run `make lock`.")
    known, answered = advisories()
    problems += known + binding_licences(list(locked))
    print(f"{len(locked)} packages are locked with hashes.")
    print(
        "Known advisories: "
        + (f"{len(known)}." if answered else "the database cannot be reached; nothing was checked.")
    )
    print("\n".join(problems) or "Nothing to mend.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""Where the segmentation models can come from: the official address, or an old wheel of their makers.

    Source
    ├── OfficialAddress     one small download per file
    └── MediapipePackage    one wheel of 36 MB, fetched by pip, so that mirrors and proxies set up for pip are used

A source hands over bytes and promises nothing about them; `models` verifies.
"""

from __future__ import annotations

import lzma
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from components.http_errors import HTTP_ERRORS


@dataclass(frozen=True)
class ModelFile:
    """One model as published: its file name, size in bytes, SHA-256 in hex, address, and input size in pixels."""

    name: str
    size: int
    sha256: str
    url: str
    width: int
    height: int


class SourceError(Exception):
    """A source cannot go on; the text is a clause for the page, without addresses or credentials."""


class Source(Protocol):
    """Something that can be asked for models."""

    @property
    def name(self) -> str:
        """What the page calls it, as in "trying {name}…"."""

    def fetch(self, models: Sequence[ModelFile]) -> Iterator[tuple[ModelFile, bytes]]:
        """Yield each model with at most `size` + 1 unverified bytes; raise `SourceError` when it cannot. Blocks."""


@dataclass(frozen=True)
class OfficialAddress:
    """Each model's own address. Times in seconds: to connect, between two pieces, and for one file altogether."""

    connect_s: float = 3.0
    read_s: float = 20.0
    total_s: float = 60.0

    @property
    def name(self) -> str:
        return "the official address"

    def fetch(self, models: Sequence[ModelFile]) -> Iterator[tuple[ModelFile, bytes]]:
        timeout = httpx.Timeout(self.read_s, connect=self.connect_s)
        # Unencoded: the bound on the size then is a bound on what is held in memory.
        headers = {"accept-encoding": "identity"}
        try:
            with httpx.Client(timeout=timeout, follow_redirects=True, headers=headers) as client:
                for model in models:
                    yield model, self._download(client, model)
        except HTTP_ERRORS as error:
            raise SourceError(f"{self.name} did not answer") from error

    def _download(self, client: httpx.Client, model: ModelFile) -> bytes:
        deadline = time.monotonic() + self.total_s
        data = bytearray()
        with client.stream("GET", model.url) as response:
            if response.status_code != httpx.codes.OK:
                raise SourceError(f"{self.name} answered {response.status_code}")
            for piece in response.iter_raw():
                data += piece
                if len(data) > model.size:
                    raise SourceError(f"{self.name} sent more than the model")
                if time.monotonic() > deadline:
                    raise SourceError(f"{self.name} was too slow")
        return bytes(data)


# The wheel is only unzipped, never installed or run, so any Python on any system may fetch this one build of it.
# 0.10.21 has no wheel for Python 3.13, and ours would otherwise depend on the machine.
_ANY_MACHINE = ("--implementation=cp", "--python-version=3.12", "--abi=cp312", "--platform=manylinux_2_28_x86_64")
# A wheelhouse or mirror filled for one machine may hold only that machine's build.
_THIS_MACHINE: tuple[str, ...] = ()


@dataclass(frozen=True)
class MediapipePackage:
    """The mediapipe 0.10.21 wheel, fetched by the pip of `python`. `limit_s`: seconds for the whole download."""

    limit_s: float = 180.0
    python: str = sys.executable

    @property
    def name(self) -> str:
        return "the mediapipe package"

    def fetch(self, models: Sequence[ModelFile]) -> Iterator[tuple[ModelFile, bytes]]:
        try:
            with tempfile.TemporaryDirectory(prefix="mediapipe-", ignore_cleanup_errors=True) as scratch:
                wheel = self._download(Path(scratch))
                with zipfile.ZipFile(wheel) as archive:
                    for model in models:
                        with archive.open(f"mediapipe/modules/selfie_segmentation/{model.name}") as member:
                            yield model, member.read(model.size + 1)
        except OSError as error:
            raise SourceError(f"{self.name} could not be kept or read on this computer's disk") from error
        # What zipfile raises for a damaged, incomplete or encrypted archive.
        except (zipfile.BadZipFile, KeyError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError) as error:
            raise SourceError(f"{self.name} does not hold the model") from error

    def _download(self, scratch: Path) -> Path:
        deadline = time.monotonic() + self.limit_s
        for target in (_ANY_MACHINE, _THIS_MACHINE):
            if self._pip_download(scratch, target, deadline - time.monotonic()):
                break
        wheel = next(scratch.glob("mediapipe-*.whl"), None)
        if wheel is None:
            raise SourceError(f"{self.name} could not be downloaded with pip")
        return wheel

    def _pip_download(self, scratch: Path, target: Sequence[str], limit_s: float) -> bool:
        # -P: a pip.py in the current folder must not be run instead. Where to download from is pip's own setting.
        command = [self.python, "-P", "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
        command += ["--timeout=15", "--retries=1", "--no-deps", "--only-binary=:all:", *target, f"--dest={scratch}"]
        try:
            # pip's words are dropped: they may hold the address of a private index with its password.
            done = subprocess.run(  # noqa: S603 - no shell, and nothing in it comes from outside
                [*command, "mediapipe==0.10.21"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=max(limit_s, 0.0),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SourceError(f"{self.name} took longer than {self.limit_s:.0f} seconds") from error
        except OSError as error:
            raise SourceError(f"{self.name} needs pip, which cannot be started here") from error
        return done.returncode == 0


DEFAULT_SOURCES: tuple[Source, ...] = (OfficialAddress(), MediapipePackage())

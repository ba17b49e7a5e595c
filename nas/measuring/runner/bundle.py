"""A bundle: the models to measure and the plan, checked file by file."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from pathlib import Path
from typing import Sequence

from nas.measuring.runner.errors import RunnerError
from nas.measuring.runner.weights import Model

BUNDLE_SCHEMA = "bundle/2"
MAX_UNPACKED_BYTES = 2 << 30


def check_names(archive: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse an archive with a name that could be written elsewhere than where it says."""
    names = set()
    for member in members:
        name = member.orig_filename
        parts = name.split("/")
        if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in parts or "" in parts[:-1]:
            raise RunnerError(f"{archive} is refused: the name {name!r} leads outside the folder")
        if (member.external_attr >> 16) & 0o170000 == 0o120000:
            raise RunnerError(f"{archive} is refused: {name!r} is a link")
        if name in names:
            raise RunnerError(f"{archive} is refused: {name!r} is there twice")
        names.add(name)
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise RunnerError(f"{archive} is refused: it unpacks to more than {MAX_UNPACKED_BYTES >> 30} GiB")


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class Bundle:
    """A bundle whose files are all as they were written; a zip file that is read in place, or the folder of one.

    Raises:
        RunnerError: it is no bundle, a name in it leads outside, or a file is missing or was changed; names it.
    """

    def __init__(self, path: Path) -> None:
        """Read the manifest and compare every file with its checksum."""
        self.path, self._archive = path, None if path.is_dir() else _opened(path)
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in self._lines("SHA256SUMS"))}
        for name, digest in sums.items():
            if sha256(self._content(name)) != digest:
                raise RunnerError(f"{path / name} was changed: its SHA-256 differs from SHA256SUMS; copy it again")
        self.manifest = json.loads(self._content("manifest.json").decode("utf-8"))
        if self.manifest.get("schema") != BUNDLE_SCHEMA:
            raise RunnerError(f"{path} is a bundle of another version: {self.manifest.get('schema')!r}")
        self.digest = sums.pop("manifest.json", "")
        if sums != self.manifest["files"]:
            raise RunnerError(f"{path / 'SHA256SUMS'} does not list the files of manifest.json; copy it again")

    def model(self, key: str) -> Model:
        """A model of the plan."""
        records = json.loads(self._content(f"models/{key}.json").decode("utf-8"))
        return Model(key, self._content(f"models/{key}.onnx"), records)

    def _lines(self, name: str) -> list[str]:
        return self._content(name).decode("utf-8").splitlines()

    def _content(self, name: str) -> bytes:
        try:
            return self._archive.read(name) if self._archive else (self.path / name).read_bytes()
        except (OSError, KeyError):
            raise RunnerError(f"the bundle is incomplete: {self.path / name} is not there; copy it again") from None
        except (zipfile.BadZipFile, zlib.error) as error:
            raise RunnerError(f"{self.path / name} was changed: {error}; copy it again") from None


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(str(path))
    except (OSError, zipfile.BadZipFile) as error:
        raise RunnerError(f"{path} is not a bundle: {error}") from None
    check_names(path, archive.infolist())
    return archive

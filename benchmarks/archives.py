"""Fetch the public source archives that the benchmark's tree is built from.

Run ``python -m benchmarks.archives``. What is there is not fetched again; nothing is committed.
"""

import hashlib
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

#: Where the archives and what is in them lie.
HOME = Path(__file__).parent / "archives"


@dataclass(frozen=True, slots=True)
class Archive:
    """One source archive at a pinned version."""

    name: str
    version: str
    #: Of the archive's bytes: another file makes another benchmark.
    sha256: str

    @property
    def stem(self) -> str:
        """The archive's file name without its ending, and the folder that it unpacks to."""
        return f"{self.name.replace('-', '_')}-{self.version}"

    @property
    def file(self) -> Path:
        """The archive as it was fetched."""
        return HOME / f"{self.stem}.tar.gz"

    @property
    def folder(self) -> Path:
        """What was in it."""
        return HOME / self.stem


ARCHIVES = (
    Archive(
        "autogen-ext", "0.7.5", "711ab9238ea66ff2abef163c331e538092bdea661620727a4a9b2ebce1c22df9"
    ),
    Archive(
        "chainlit", "2.12.0", "53ca71c66fd98d417039ca5fa9c68349eb8eda771b7e0235a7da531f610fe5d0"
    ),
    Archive(
        "crewai", "1.15.30", "17de4b7cc3f2c207033e9f82be4f7d749e540b0e415a3885a8d97bb43a90a318"
    ),
    Archive(
        "crewai-tools",
        "1.15.30",
        "0a497953e923be8099cf92814bff1ccba3323482022141d273f916f23e64721b",
    ),
    Archive("fastmcp", "4.1.6", "5e307ae4ac3048a1b586aac6fc31e08661141bb69b8a2b473070e5becae0176c"),
    Archive(
        "jupyter-server",
        "2.21.1",
        "a8960aa29263f6041283e97d4756b099fb49b767baab6371891ecb1bd40a63df",
    ),
    Archive(
        "langchain-openai",
        "1.7.4",
        "8fd90e41588526d990f32262447adf8e130d7ce28ed66cefa315e64cc9dd12ce",
    ),
    Archive("letta", "0.16.8", "363e26989e552c859ce2e7961d484acee6fccfc1e7b16e8f644b1ae1ccd754a3"),
    Archive("mcp", "2.3.0", "8b147a50441cf059dc88c684e0aeed3687f0aa0f39c6cde7b90330effd2b34d8"),
    Archive(
        "mcp-agent", "0.2.6", "609cf6195517d0741dac130b294bff7eb426e6217ca63839d957c79f22e6db09"
    ),
    Archive(
        "openai-agents",
        "0.24.0",
        "4b4b285f4fed81fdf1b4ac426a9101658d9cd29b4fb1aaeee18f639b77e704e3",
    ),
    Archive(
        "strands-agents",
        "1.62.0",
        "8732c87f9c1ceb6ef4c5c4bd6d96b4cdf1bbfde095f1537ec2ac6fddb8d5a066",
    ),
)


def fetch(archive: Archive) -> None:
    """Fetch an archive with pip, unless it is there."""
    if archive.file.exists():
        return
    # Only the package itself comes as source: what its metadata needs may come as wheels.
    source = ("--no-deps", "--no-binary", archive.name, "--dest", str(HOME))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download")
    subprocess.run([*pip, *source, f"{archive.name}=={archive.version}"], check=True)


def check(archive: Archive) -> None:
    """Raise SystemExit where an archive is not the one that was pinned."""
    with archive.file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != archive.sha256:
        raise SystemExit(
            f"{archive.file} is not the archive that was pinned: its SHA-256 is {found}"
        )


def unpack(archive: Archive) -> None:
    """Unpack an archive, unless that was done."""
    if archive.folder.is_dir():
        return
    print(f"unpacking {archive.stem}", flush=True)
    partial = HOME / f".{archive.stem}"
    with tarfile.open(archive.file) as stream:
        stream.extractall(partial, filter="data")
    # Renamed when all is there, so that an interrupted run does not leave half an archive.
    (partial / archive.stem).rename(archive.folder)
    partial.rmdir()


def main() -> None:
    """Fetch, check and unpack all of them."""
    HOME.mkdir(exist_ok=True)
    for archive in ARCHIVES:
        fetch(archive)
        check(archive)
        unpack(archive)


if __name__ == "__main__":
    main()

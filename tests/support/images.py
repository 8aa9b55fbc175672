"""Images that a container engine can run: one static busybox, a few links to it, and a file that makes each unique."""

from __future__ import annotations

import gzip
import io
import json
import secrets
import tarfile
from pathlib import Path

from tests.support.registry import Image, digest_of, image_of

BUSYBOX = Path("/bin/busybox")  # Debian's busybox-static
APPLETS = ("sh", "cat", "echo", "ls", "true", "uname")


def rootfs(word: str = "") -> bytes:
    """A tar file: ``/bin`` with busybox, and ``/word`` with the given word or a random one."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        _add_folder(archive, "bin")
        _add_folder(archive, "tmp")
        _add_file(archive, "bin/busybox", BUSYBOX.read_bytes(), 0o755)
        for applet in APPLETS:
            _add_link(archive, f"bin/{applet}", "busybox")
        _add_file(archive, "word", (word or secrets.token_hex(8)).encode())
    return buffer.getvalue()


def runnable_image(word: str = "", *, architecture: str = "amd64", docker: bool = False) -> Image:
    """Prints ``word`` when it is run. Its architecture is only what its configuration says."""
    layer = rootfs(word)
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Cmd": ["/bin/cat", "/word"], "Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]},
        "history": [{"created_by": "tests"}],
    }
    return image_of(json.dumps(config).encode(), [gzip.compress(layer, 1)], docker=docker)


def debian_image(packages: dict[str, str], *, architecture: str = "amd64") -> Image:
    """What a scanner takes for Debian 12 with these packages, versions by name; there is nothing in it to run."""
    stanzas = [
        f"Package: {name}\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: {version}\n"
        for name, version in packages.items()
    ]
    release = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'
    files = {"etc/os-release": release, "etc/debian_version": "12.11\n", "var/lib/dpkg/status": "\n".join(stanzas)}
    return files_image({name: text.encode() for name, text in files.items()}, architecture=architecture)


def files_image(files: dict[str, bytes], *, architecture: str = "amd64") -> Image:
    """One layer with these files, for programs that look into images."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            _add_file(archive, name, content)
    layer = buffer.getvalue()
    config = {
        "architecture": architecture,
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]},
    }
    return image_of(json.dumps(config).encode(), [gzip.compress(layer, 1)])


def write_build_context(folder: Path, word: str) -> None:
    """A Dockerfile that needs no other image, with a command that runs inside while it is built."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rootfs.tar").write_bytes(rootfs(word))
    (folder / "Dockerfile").write_text(
        'FROM scratch\nADD rootfs.tar /\nENV PATH=/bin\nRUN echo "built $(cat /word)" > /tmp/built\n'
        'CMD ["/bin/cat", "/tmp/built"]\n'
    )


def _add_folder(archive: tarfile.TarFile, name: str) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, 0o755
    archive.addfile(member)


def _add_link(archive: tarfile.TarFile, name: str, target: str) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    archive.addfile(member)


def _add_file(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    archive.addfile(member, io.BytesIO(content))

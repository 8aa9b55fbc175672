"""Repositories to push to, uploads that break off, and what must be true of a registry at any moment."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from django.conf import settings

from accounts.models import Project
from registry_api.models import Manifest, RepositoryBlob
from registry_api.oci.digest import Digest
from registry_api.storage.layout import blob_path
from tests.conformance.blobs import Blob, Place, check_pull, finish
from tests.conformance.client import Registry
from tests.conformance.forms import DEV
from tests.support.people import Person, unique
from tests.support.product import Product
from tests.support.until import wait_until


def owned_place(product: Product, project: Project, owner: Person) -> Place:
    """A repository that was never pushed to, as its owner sees it."""
    return Place(Registry(product.url, owner.username, owner.password), f"{project.name}/{unique('repository')}", DEV)


def path_of(location: str) -> str:
    """An address without its host."""
    return re.sub(r"^http://[^/]*", "", location)


def offset_of(place: Place, location: str) -> int:
    """Where an upload says that it stands. Nothing and one byte look the same: then nothing is meant."""
    answer = place.registry.get(location).expect(204)
    last = int((answer.header("Range") or "").removeprefix("0-"))
    return last + 1 if last else 0


def resume(place: Place, location: str, blob: Blob) -> None:
    """Sends what is missing behind the reported offset; only a right offset gives the right digest.

    Asks again when told to, as clients do: what was sent on a broken connection may still be on its way in.
    """
    wait_until(lambda: send_rest(place, location, blob), "the upload took its rest")
    check_pull(place, blob)


def send_rest(place: Place, location: str, blob: Blob) -> bool:
    offset = offset_of(place, location)
    rest = blob.content[offset:]
    answer = finish(place, location, blob.digest, rest or None, offset if rest else None)
    return answer.expect(201, 416, 429).status == 201


def uploaded_bytes(location: str) -> int:
    """How much of an upload has reached the disk, whoever knows of it yet."""
    upload = location.rsplit("/", 1)[1]
    found = [path for path in Path(settings.STORAGE_ROOT).rglob(f"*{upload}*") if path.exists()]
    inside = [file for path in found if path.is_dir() for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in {*inside, *(path for path in found if path.is_file())})


def verify(project: Project) -> None:
    """Every blob that the project shows has its bytes, and every manifest all that it names."""
    digests = set(RepositoryBlob.objects.filter(repository__project=project).values_list("blob__digest", flat=True))
    for digest in digests:
        content = (Path(settings.STORAGE_ROOT) / blob_path(Digest.parse(digest))).read_bytes()
        algorithm, _, encoded = digest.partition(":")
        assert hashlib.new(algorithm, content).hexdigest() == encoded, digest
    for manifest in Manifest.objects.filter(repository__project=project).select_related("repository"):
        document = json.loads(bytes(manifest.content))
        for descriptor in [document["config"], *document["layers"]] if "config" in document else []:
            links = RepositoryBlob.objects.filter(repository=manifest.repository)
            assert links.filter(blob__digest=descriptor["digest"]).exists(), descriptor

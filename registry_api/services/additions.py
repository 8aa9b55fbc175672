"""What more can be told of an artifact than a list shows (Harbor: additions): texts and lists out of its content."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from accounts.errors import BadRequest, NotFound
from registry_api.models import Manifest
from registry_api.oci.descriptor import Descriptor
from registry_api.oci.digest import Digest
from registry_api.oci.errors import Unavailable
from registry_api.oci.kinds import kind_of
from registry_api.oci.manifest import parse_manifest
from registry_api.services.archives import LARGEST_ARCHIVE, TooLarge, file_in, unpacked, whole
from registry_api.services.attributes import configuration
from registry_api.storage import store
from registry_api.storage.contract import NotStored, StoreUnavailable

log = logging.getLogger("portolan.registry")

# As Harbor sends them.
JSON = "application/json; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

# A chart's archive; the second type is what helm pushed before its version 3.7.
CHARTS = ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/tar+gzip")
# Of a dependency in a Chart.yaml, by helm's own names.
DEPENDENCY = ("name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias")
# CNCF model-spec.
MODEL_DOCUMENT = "application/vnd.cncf.model.doc.v1"
MODEL_PATH = "org.cncf.model.filepath"
READMES, LICENSES = ("README", "README.md"), ("LICENSE", "LICENSE.txt")
DEEPEST = 32  # folders in each other


@dataclass(frozen=True, slots=True)
class Addition:
    content: bytes
    content_type: str


def addition_of(manifest: Manifest, name: str) -> Addition:
    """Raises BadRequest (artifacts of this kind have no such addition), NotFound (this one has none, or none that can
    be read), TooLarge, Unavailable."""
    kind = kind_of(manifest.media_type, manifest.artifact_type)
    if name not in additions_of(manifest):
        raise BadRequest(f"the addition {name[:50]} isn't supported for {kind}")
    return READERS[kind][name](manifest)


def additions_of(manifest: Manifest) -> tuple[str, ...]:
    """Names of what artifacts of its kind have; an index tells nothing but of its parts."""
    if manifest.depth or not manifest.config_media_type:
        return ()
    return tuple(READERS.get(kind_of(manifest.media_type, manifest.artifact_type), {}))


def _build_history(manifest: Manifest) -> Addition:
    return _listed(configuration(manifest).get("history"))


def _dependencies(manifest: Manifest) -> Addition:
    """As the configuration says them, where helm puts them of charts of both versions."""
    found = configuration(manifest).get("dependencies")
    wanted = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return _listed([{key: each[key] for key in DEPENDENCY if key in each} for each in wanted])


def _chart_file(manifest: Manifest, filename: str, content_type: str) -> Addition:
    """A file of the chart itself: what lies deeper in its archive belongs to the charts that it depends on."""
    layer = next((each for each in _layers(manifest) if each.media_type in CHARTS), None)
    if layer is None:
        raise NotFound("the artifact has no layer that is a chart")
    if layer.size > LARGEST_ARCHIVE:
        raise TooLarge(f"the chart has more than {LARGEST_ARCHIVE} bytes")
    folder = ""

    def is_it(name: str) -> bool:
        nonlocal folder
        top, _, inner = name.removeprefix("./").partition("/")
        folder = folder or top
        return top == folder and inner.lower() == filename

    return _text(file_in(unpacked(_pieces(layer)), is_it), filename, content_type)


def _model_document(manifest: Manifest, filenames: tuple[str, ...], content_type: str) -> Addition:
    for layer in _layers(manifest):
        if layer.media_type.startswith(MODEL_DOCUMENT) and layer.annotations.get(MODEL_PATH) in filenames:
            return _text(_document(layer), filenames[0], content_type)
    raise NotFound(f"the model has no {filenames[0]}")


def _document(layer: Descriptor) -> bytes | None:
    """One file, which stands by itself or in an archive of its own."""
    if layer.size > LARGEST_ARCHIVE:
        raise TooLarge(f"the layer has more than {LARGEST_ARCHIVE} bytes")
    match layer.media_type.removeprefix(MODEL_DOCUMENT):
        case ".raw":
            return whole(_pieces(layer))
        case ".tar":
            return file_in(_pieces(layer), lambda _name: True)
        case ".tar+gzip":
            return file_in(unpacked(_pieces(layer)), lambda _name: True)
        case packed:
            raise NotFound(f"what is packed as {packed[:50]} is not read here")


def _model_files(manifest: Manifest) -> Addition:
    """The tree of the model's files, folders first, as the layers' annotations name them."""
    tree: dict[str, Any] = {}
    for layer in _layers(manifest):
        path = layer.annotations.get(MODEL_PATH, "")
        names = [name for name in path.split("/") if name not in ("", ".")]
        if names and ".." not in names and len(names) <= DEEPEST:
            _plant(tree, names, None if path.endswith("/") else layer.size)
    return _listed(_tree(tree))


def _plant(tree: dict[str, Any], names: list[str], size: int | None) -> None:
    """Folders are dictionaries and files their sizes in bytes; where two layers disagree, it is a folder."""
    *folders, last = names if size is not None else [*names, ""]
    for name in folders:
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        tree = tree[name]
    if last and last not in tree:
        tree[last] = size


def _tree(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    shown = []
    for name, inner in sorted(tree.items(), key=lambda item: (not isinstance(item[1], dict), item[0])):
        if isinstance(inner, dict):
            children = _tree(inner)
            shown.append({"name": name, "type": "directory", **({"children": children} if children else {})})
        else:
            shown.append({"name": name, "type": "file", **({"size": inner} if inner else {})})
    return shown


def _layers(manifest: Manifest) -> tuple[Descriptor, ...]:
    return parse_manifest(bytes(manifest.content), manifest.media_type).layers


def _pieces(layer: Descriptor) -> Iterator[bytes]:
    try:
        yield from store().read(Digest.parse(str(layer.digest)))
    except NotStored as error:
        log.error("the layer %s is in the database and not in the store", layer.digest)
        raise NotFound("the content of the artifact is lost") from error
    except StoreUnavailable as error:
        raise Unavailable("the registry cannot reach its storage, try again shortly") from error


def _text(content: bytes | None, filename: str, content_type: str) -> Addition:
    if content is None:
        raise NotFound(f"the artifact has no {filename}")
    return Addition(content.decode(errors="replace").encode(), content_type)


def _listed(found: Any) -> Addition:
    return Addition(orjson.dumps(found if isinstance(found, list) else []), JSON)


# What artifacts of each kind have, in Harbor's order.
READERS: dict[str, dict[str, Callable[[Manifest], Addition]]] = {
    "IMAGE": {"build_history": _build_history},
    "WASM": {"build_history": _build_history},
    "CHART": {
        "values.yaml": lambda manifest: _chart_file(manifest, "values.yaml", TEXT),
        "readme.md": lambda manifest: _chart_file(manifest, "readme.md", MARKDOWN),
        "dependencies": _dependencies,
    },
    "CNAI": {
        "readme.md": lambda manifest: _model_document(manifest, READMES, MARKDOWN),
        "license": lambda manifest: _model_document(manifest, LICENSES, TEXT),
        "files": _model_files,
    },
}

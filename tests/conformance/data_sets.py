"""The data sets, by name: each is a shape of content that some client pushes."""

from __future__ import annotations

from collections.abc import Callable

from tests.conformance.blobs import random_blob
from tests.conformance.content import (
    EMPTY,
    EXAMPLE_1,
    EXAMPLE_2,
    FOREIGN_LAYER,
    FOREIGN_LAYER_GZIP,
    IMAGE,
    LINUX,
    OCTETS,
    DataSet,
    Descriptor,
    as_json,
    notes,
)

Fill = Callable[[DataSet], None]
DATA_SETS: dict[str, Fill] = {}


def data_set(name: str) -> Callable[[Fill], Fill]:
    def register(fill: Fill) -> Fill:
        DATA_SETS[name] = fill
        return fill

    return register


def build(name: str) -> DataSet:
    made = DataSet(name, algorithm="sha512" if name.endswith("sha512") else "sha256")
    DATA_SETS[name](made)
    return made


@data_set("image")
def image(data: DataSet) -> None:
    data.tag("image", data.add_image())


@data_set("image-uncompressed")
def image_uncompressed(data: DataSet) -> None:
    data.tag("image-uncompressed", data.add_image(compress=False))


@data_set("large-manifest")
def large_manifest(data: DataSet) -> None:
    """3.9 MB, just below the 4 MiB that every registry should take."""
    annotations = {f"large-annotation-{number}": "A" * 10_000 for number in range(390)}
    data.tag("large-manifest", data.add_image(annotations=annotations))


@data_set("index")
def index(data: DataSet) -> None:
    data.tag("index", data.add_images_index())


@data_set("nested-index")
def nested_index(data: DataSet) -> None:
    data.tag("index-of-index", data.add_index([data.add_images_index(), data.add_images_index()]))


@data_set("empty-index")
def empty_index(data: DataSet) -> None:
    data.tag("index", data.add_index([]))


@data_set("artifact")
def artifact(data: DataSet) -> None:
    data.tag("artifact", data.add_artifact())


@data_set("artifact-index")
def artifact_index(data: DataSet) -> None:
    children = [data.add_artifact() | {"platform": platform} for platform in LINUX]
    data.tag("artifact-index", data.add_index(children, artifactType=EXAMPLE_1))


@data_set("artifact-without-layers")
def artifact_without_layers(data: DataSet) -> None:
    """Its one layer is the empty object that stands for "none"."""
    data.tag("artifact-without-layers", data.add_artifact(layer_type=EMPTY, layer=b"{}"))


@data_set("artifacts-with-subject")
def artifacts_with_subject(data: DataSet) -> None:
    subject = data.add_image()
    data.tag("image", subject)
    data.add_image(subject=subject)
    data.tag("tagged-artifact1", data.add_artifact(subject=subject, annotations=notes()))
    second = data.add_artifact(layer_type=OCTETS, artifactType=EXAMPLE_2, subject=subject, annotations=notes())
    data.tag("tagged-artifact2", second)


@data_set("index-with-subject")
def index_with_subject(data: DataSet) -> None:
    subject = data.add_images_index()
    data.tag("index", subject)
    children = [_artifact_about(data, subject) | {"platform": platform} for platform in LINUX]
    artifact_type = {"artifactType": EXAMPLE_1}
    data.tag("tagged-artifact", data.add_index(children, subject=subject, annotations=notes(), **artifact_type))
    data.add_index([], subject=subject)


def _artifact_about(data: DataSet, subject: Descriptor) -> Descriptor:
    return data.add_artifact(subject=subject, annotations=notes())


@data_set("missing-subject")
def missing_subject(data: DataSet) -> None:
    missing = {"mediaType": IMAGE, "digest": random_blob(32).digest, "size": 123}
    data.tag("tagged-artifact", data.add_artifact(subject=missing, annotations=notes()))


@data_set("data-field")
def data_field(data: DataSet) -> None:
    data.tag("data-field", data.add_image(with_data=True))


@data_set("non-distributable-layers")
def non_distributable_layers(data: DataSet) -> None:
    """Two layers that are never uploaded and one that is."""
    elsewhere = [_foreign(FOREIGN_LAYER_GZIP, 123_456), _foreign(FOREIGN_LAYER, 12_345)]
    layer, diff_id = data.add_layer()
    diff_ids = [random_blob(8).digest, elsewhere[1]["digest"], diff_id]
    config = {**LINUX[0], "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    described = data.add_blob(as_json(config), "application/vnd.oci.image.config.v1+json")
    data.tag("non-distributable-image", data.add_manifest(described, [*elsewhere, layer]))


def _foreign(media_type: str, size: int) -> Descriptor:
    digest = random_blob(32).digest
    return {"mediaType": media_type, "digest": digest, "size": size, "urls": [f"https://store.example.com/{digest}"]}


@data_set("custom-fields")
def custom_fields(data: DataSet) -> None:
    data.tag("custom-fields", data.add_images_index(custom=True))


@data_set("no-layers")
def no_layers(data: DataSet) -> None:
    data.tag("no-layers", data.add_image(layers=0))


@data_set("sha512")
def sha512(data: DataSet) -> None:
    """Pushed by digest alone: a push by tag would be stored under the registry's own algorithm."""
    data.add_images_index()


@data_set("tag-param-sha256")
def tag_param_sha256(data: DataSet) -> None:
    _tag_everything(data)


@data_set("tag-param-sha512")
def tag_param_sha512(data: DataSet) -> None:
    _tag_everything(data)


def _tag_everything(data: DataSet) -> None:
    data.tag(data.name, data.add_images_index())
    for position, stored in enumerate(data.manifests):
        data.tags[f"{data.name}-{position}"] = stored.digest

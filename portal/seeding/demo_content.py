"""What lies in the repositories of the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from portal.seeding.bases import signature_of
from portal.seeding.images import Content, artifact, attached, image, index, layer

ARCHITECTURES = ("amd64", "arm64")
CHART = "application/vnd.cncf.helm.config.v1+json"
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
BILL = "application/vnd.goharbor.harbor.sbom.v1"
BILL_LAYER = "application/spdx+json"


CART = """# Cart

Keeps what customers want until they **pay**, and a week longer.

| setting | what it is | default |
|---|---|---|
| `CART_STORE` | where carts are kept | `redis://redis:6379/0` |
| `CART_DAYS` | how long one is kept | `7` |

```
docker run -p 8000:8000 -e CART_DAYS=3 cart
```

- Health is at `/healthz`, measurements are at `/metrics`.
- Carts of guests move into their accounts when they sign in.
"""
VALUES = b"""replicas: 2
image:
  repository: registry.example.com/base-images/nginx
  pullPolicy: IfNotPresent
service:
  type: ClusterIP
  port: 80
resources:
  limits:
    memory: 128Mi
"""
DEPENDENCIES = [{"name": "common", "version": "2.31.0", "repository": "oci://registry.example.com/helm-charts"}]


@dataclass(frozen=True)
class Shown:
    """A repository. ``versions`` are its tags, oldest first; the newest is ``latest``, too.

    ``signed``: its newest artifact has a signature and a bill of materials.
    """

    name: str
    description: str
    versions: tuple[str, ...]
    signed: bool = False
    platforms: tuple[str, ...] = ("amd64",)
    is_chart: bool = False


REPOSITORIES = (
    Shown("base-images/alpine", "A small Linux to build on.", ("3.20", "3.21", "3.22"), True, ARCHITECTURES),
    Shown("base-images/debian", "Debian stable, without its manual pages.", ("12.8", "12.9"), True, ARCHITECTURES),
    Shown("base-images/python", "Python on Debian.", ("3.11", "3.12", "3.13"), False, ARCHITECTURES),
    Shown("helm-charts/nginx", "The web server, as a chart.", ("1.4.0", "1.5.0"), is_chart=True),
    Shown("helm-charts/redis", "A cache of one node or of many.", ("0.9.2",), is_chart=True),
    Shown("web-shop/frontend", "What customers see.", ("v1.0.0", "v1.1.0", "v1.2.0"), True, ARCHITECTURES),
    Shown("web-shop/cart", CART, ("v0.8.0", "v0.9.0")),
    Shown("web-shop/payments", "Talks to the banks.", ("v2.0.0", "v2.0.1"), True),
    Shown("data-science/notebook", "Jupyter with the usual packages.", ("2026.1", "2026.2")),
    Shown("data-science/trainer", "Trains the recommendations.", ("0.1", "0.2", "0.3")),
    Shown("monitoring/prometheus", "Measures.", ("2.55", "3.0"), False, ARCHITECTURES),
    Shown("monitoring/grafana", "Shows what was measured.", ("11.3", "11.4"), False, ARCHITECTURES),
)


def versions_of(shown: Shown, moments: Sequence[str]) -> list[tuple[str, list[Content]]]:
    """Each version with what to push for it, the last of which takes the tag. ``moments`` say when each was built."""
    return [
        (version, _chart(shown, version) if shown.is_chart else _image(shown, version, moment))
        for version, moment in zip(shown.versions, moments, strict=True)
    ]


def extras_of(subject: Content, name: str) -> list[Content]:
    """A signature and a bill of materials."""
    bill: dict[str, Any] = {
        "spdxVersion": "SPDX-2.3",
        "name": name,
        "documentNamespace": f"https://demo.example/{name}/{subject.digest}",
        "packages": [{"name": "busybox", "versionInfo": "1.37.0", "SPDXID": "SPDXRef-busybox"}],
    }
    return [signature_of(subject, 1), attached(subject, BILL, orjson.dumps(bill), BILL_LAYER)]


def _image(shown: Shown, version: str, moment: str) -> list[Content]:
    """For more than one platform an index, behind the images that it lists."""
    title = shown.name.rpartition("/")[2]
    notes = {"org.opencontainers.image.title": title, "org.opencontainers.image.version": version}
    system = layer({"etc/os-release": b'ID=demo\nNAME="Demo Linux"\n', "bin/busybox": b"#!/bin/sh\n" * 500})
    images = {
        platform: image(
            [system, layer({f"app/{title}": f"{title} {version} for {platform}\n".encode() * 50})],
            architecture=platform,
            command=f"/app/{title}",
            created=moment,
            annotations=notes,
        )
        for platform in shown.platforms
    }
    return [*images.values(), index(images, notes)] if len(images) > 1 else list(images.values())


def _chart(shown: Shown, version: str) -> list[Content]:
    name = shown.name.rpartition("/")[2]
    about = {
        "apiVersion": "v2",
        "name": name,
        "version": version,
        "description": shown.description,
        "dependencies": DEPENDENCIES,
    }
    files = {
        f"{name}/Chart.yaml": "".join(f"{key}: {value}\n" for key, value in about.items()).encode(),
        f"{name}/values.yaml": VALUES,
        f"{name}/templates/deployment.yaml": b"apiVersion: apps/v1\nkind: Deployment\n",
    }
    return [artifact(orjson.dumps(about), [layer(files)], config_type=CHART, layer_type=CHART_LAYER)]

"""Harbor's tag ``systeminfo``: what this installation is."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import NotRequired, TypedDict

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.configuration.present import configured
from accounts.rest.base import RestView
from accounts.rest.operations import Operation
from accounts.token_service.addresses import client_url
from portal import HARBOR, VERSION

DRIVERS = {"disk": "filesystem", "s3": "s3"}


class InsideShown(TypedDict):
    harbor_version: NotRequired[str]
    external_url: NotRequired[str]
    registry_url: NotRequired[str]
    project_creation_restriction: NotRequired[str]
    read_only: NotRequired[bool]
    has_ca_root: NotRequired[bool]
    notification_enable: NotRequired[bool]
    registry_storage_provider_name: NotRequired[str]
    current_time: NotRequired[datetime]


class SystemInfoShown(InsideShown):
    """Nobody who is not signed in is told more than how to sign in."""

    auth_mode: str
    primary_auth_mode: bool
    self_registration: bool
    banner_message: str


class VolumeShown(TypedDict):
    """In bytes."""

    total: int
    free: int


class VolumesShown(TypedDict):
    storage: list[VolumeShown]


class SystemInfoView(RestView):
    tag = "systeminfo"
    operations = {"GET": Operation("getSystemInfo", SystemInfoShown, is_open=True)}

    def get(self, request: Request) -> Response:
        """What a sign-in page needs, for everybody; the rest for who is signed in (Harbor)."""
        shown: SystemInfoShown = {
            "auth_mode": configured("auth_mode"),
            "primary_auth_mode": configured("primary_auth_mode"),
            "self_registration": configured("self_registration"),
            "banner_message": configured("banner_message"),
        }
        if self.request.user and self.request.user.is_authenticated:
            shown |= inside(request)
        return Response(shown)


def inside(request: Request) -> InsideShown:
    url = settings.EXTERNAL_URL or client_url(request)
    return {
        "harbor_version": f"v{HARBOR}-portolan-{VERSION}",
        "external_url": url,
        "registry_url": url.partition("://")[2],
        "project_creation_restriction": configured("project_creation_restriction"),
        "read_only": configured("read_only"),
        "has_ca_root": bool(settings.ROOT_CERTIFICATE),
        "notification_enable": configured("notification_enable"),
        "registry_storage_provider_name": DRIVERS[settings.STORAGE],
        "current_time": timezone.now(),
    }


class VolumesView(RestView):
    tag = "systeminfo"
    operations = {"GET": Operation("getVolumes", VolumesShown)}

    def get(self, request: Request) -> Response:
        """Room on the disk of the blobs, in bytes; an object store has no such bounds, and is not in the list."""
        self.require("system-volumes", "read")
        shown: VolumesShown = {"storage": []}
        if settings.STORAGE == "disk":
            root = Path(settings.STORAGE_ROOT)
            usage = shutil.disk_usage(root if root.exists() else root.parent)
            shown["storage"].append({"total": usage.total, "free": usage.free})
        return Response(shown)


class RootCertificateView(RestView):
    authentication_classes = []
    tag = "systeminfo"
    operations = {"GET": Operation("getCert", bytes, media_type="application/octet-stream", refuses=(404,))}

    def get(self, request: Request) -> HttpResponse:
        if not settings.ROOT_CERTIFICATE:
            raise Http404
        headers = {"Content-Disposition": "attachment; filename=ca.crt"}
        return HttpResponse(f"{settings.ROOT_CERTIFICATE}\n", content_type="application/octet-stream", headers=headers)

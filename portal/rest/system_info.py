"""Harbor's tag ``systeminfo``: what this installation is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.configuration.present import configured
from accounts.rest.base import RestView
from accounts.token_service.addresses import client_url
from portal import HARBOR, VERSION

DRIVERS = {"disk": "filesystem", "s3": "s3"}


class SystemInfoView(RestView):
    def get(self, request: Request) -> Response:
        """What a sign-in page needs, for everybody; the rest for who is signed in (Harbor)."""
        told: dict[str, Any] = {
            "auth_mode": configured("auth_mode"),
            "primary_auth_mode": configured("primary_auth_mode"),
            "self_registration": configured("self_registration"),
            "banner_message": configured("banner_message"),
        }
        if self.request.user and self.request.user.is_authenticated:
            told |= inside(request)
        return Response(told)


def inside(request: Request) -> dict[str, Any]:
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
    def get(self, request: Request) -> Response:
        """Room on the disk of the blobs, in bytes; an object store has no such bounds, and is not in the list."""
        self.require("system-volumes", "read")
        if settings.STORAGE != "disk":
            return Response({"storage": []})
        root = Path(settings.STORAGE_ROOT)
        usage = shutil.disk_usage(root if root.exists() else root.parent)
        return Response({"storage": [{"total": usage.total, "free": usage.free}]})


class RootCertificateView(RestView):
    authentication_classes = []

    def get(self, request: Request) -> HttpResponse:
        if not settings.ROOT_CERTIFICATE:
            raise Http404
        headers = {"Content-Disposition": "attachment; filename=ca.crt"}
        return HttpResponse(f"{settings.ROOT_CERTIFICATE}\n", content_type="application/octet-stream", headers=headers)

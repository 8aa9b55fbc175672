"""Of two who fill in the same form at once the second is told, and nothing that the first did is undone."""

from __future__ import annotations

import re

from django.urls import reverse

from accounts.actors import SYSTEM
from registry_api.services.labels import create_label
from tests.console.conftest import Scene

SEEN = re.compile(r'name="_seen" value="(\w+)"')


def test_the_second_is_told_and_may_save_what_they_then_see(scene: Scene) -> None:
    label = create_label(actor=SYSTEM, project=scene.project, name="seaworthy", description="first")
    address = reverse("admin:registry_api_label_change", args=[label.pk])
    first, second = scene.visitor("maintainer"), scene.visitor("maintainer")
    seen = [SEEN.search(each.page(address))[1] for each in (first, second)]  # type: ignore[index]
    form = {"name": "seaworthy", "description": "checked in dock", "color": "#2d6c91"}
    assert first.post(address, {**form, "_seen": seen[0]}).status_code == 302

    late = {"name": "afloat", "description": "first", "color": "#2d6c91"}
    answer = second.post(address, {**late, "_seen": seen[1]})
    assert answer.status_code == 200 and "Somebody else has changed this" in answer.content.decode()
    assert 'value="afloat"' in answer.content.decode()
    label.refresh_from_db()
    assert (label.name, label.description) == ("seaworthy", "checked in dock")

    now = SEEN.search(answer.content.decode())[1]  # type: ignore[index]
    assert second.post(address, {**late, "_seen": now}).status_code == 302
    label.refresh_from_db()
    assert label.name == "afloat"


def test_what_nobody_changed_is_saved(scene: Scene) -> None:
    owner = scene.visitor("project admin")
    found = SEEN.search(owner.page(scene.tab("configuration")))
    assert found
    owner.post(scene.tab("configuration"), {"visibility": "public", "_seen": found[1]})
    scene.project.refresh_from_db()
    assert scene.project.is_public

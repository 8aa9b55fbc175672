"""Searching projects and repositories over the REST API (Harbor's tag ``search``)."""

from __future__ import annotations

from accounts.permissions import Role
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.support.people import People, unique
from tests.support.queries import counted


def test_everybody_finds_what_they_see(people: People, nobody: Caller, user: Caller, admin: Caller) -> None:
    word = unique("needle")
    hidden = people.new_project(name=f"{word}-hidden")
    public = people.new_project(name=f"{word}-public", visibility="public")
    other = people.new_project()
    guest = Caller(people.new_user(project=hidden, role=Role.GUEST))
    for project in (hidden, public):
        push_random(admin, f"{project.name}/app", "1")
    push_random(admin, f"{other.name}/{word}", "1")

    def found(caller: Caller, query: str) -> tuple[list[str], list[str]]:
        answer = caller.get(f"/search?q={query}").expect(200).json
        repositories = [each["repository_name"] for each in answer["repository"]]
        return [each["name"] for each in answer["project"]], repositories

    for caller in (nobody, user):
        assert found(caller, word) == ([public.name], [f"{public.name}/app"])
    assert found(guest, word) == ([hidden.name, public.name], [f"{hidden.name}/app", f"{public.name}/app"])
    everything = sorted([f"{hidden.name}/app", f"{public.name}/app", f"{other.name}/{word}"])
    assert found(admin, word) == ([hidden.name, public.name], everything)
    assert found(admin, unique("nothing")) == ([], [])
    shown = nobody.get(f"/search?q={word}").json["repository"][0]
    assert shown == {
        "project_id": public.pk,
        "project_name": public.name,
        "project_public": True,
        "repository_name": f"{public.name}/app",
        "pull_count": 0,
        "artifact_count": 1,
    }
    nobody.get("/search").expect(422)


def test_it_asks_as_often_however_much_there_is(people: People, admin: Caller) -> None:
    word, counts = unique("many"), []
    for letter in "ab":
        project = people.new_project(name=f"{word}-{letter}")
        push_random(admin, f"{project.name}/app", "1")
        with counted() as asked:
            admin.get(f"/search?q={word}").expect(200)
        counts.append(len(asked))
    assert counts[0] == counts[1]

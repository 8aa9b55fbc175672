"""Whatever is asked, a token grants asked ∩ allowed, on each repository by itself, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.token_service.verify import verify_token
from tests.tokens.conftest import Door, World, access_of

ACTIONS = {"pull", "push", "delete"}
# What each may do in each project; a robot's rights hold below team/app only.
ALLOWED = {
    "root": {"team": ACTIONS, "open": ACTIONS},
    "alice": {"team": ACTIONS, "open": ACTIONS},
    "bob": {"team": {"pull"}, "open": {"pull"}},
    "mallory": {"open": {"pull"}},
    "": {"open": {"pull"}},
    "robot$team+ci": {"team": {"pull", "push"}, "open": {"pull"}},
}
NAMES = ["team/app", "team/app2", "team/other", "open/app", "open/app/nested", "none/app", "te/am", "team2/app"]

names = st.sampled_from(NAMES)
words = st.sampled_from([*sorted(ACTIONS), "*", "scanner-pull", "admin", ""])
scopes = st.builds(
    lambda kind, name, actions: (kind, name, actions),
    st.sampled_from(["repository", "repository(plugin)", "repository()", "registry", "project", "Repository"]),
    names,
    st.lists(words, min_size=1, max_size=4),
)
given_any_way = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def allowed(user: str, name: str) -> set[str]:
    project = name.partition("/")[0]
    if user.startswith("robot$") and project == "team" and not name.startswith("team/app"):
        return set()
    return set(ALLOWED[user].get(project, set()))


def well_formed(kind: str, actions: list[str]) -> bool:
    return kind in {"repository", "repository(plugin)"} and not {"", "scanner-pull"} & set(actions)


@pytest.mark.parametrize("user", ALLOWED)
@given_any_way
@given(asked=st.lists(scopes, min_size=1, max_size=6), joined=st.booleans())
def test_a_token_grants_asked_and_allowed(
    world: World, door: Door, user: str, asked: list[tuple[str, str, list[str]]], joined: bool
) -> None:
    expected: dict[str, set[str]] = {}
    for kind, name, actions in asked:
        if well_formed(kind, actions):
            wanted = ACTIONS if "*" in actions else set(actions)
            expected.setdefault(name, set()).update(wanted & allowed(user, name))
    texts = [f"{kind}:{name}:{','.join(actions)}" for kind, name, actions in asked]
    password = world.secret if user.startswith("robot$") else "Correct-horse-1"
    response = door.get_token(*([" ".join(texts)] if joined else texts), user=user, password=password)
    granted = {f"repository:{name}": sorted(actions) for name, actions in expected.items() if actions}
    assert access_of(response) == granted
    grant = verify_token(response.json()["token"])
    for name in NAMES:
        for action in ACTIONS:
            assert grant.allows(name, action) == (action in expected.get(name, set()))


@given_any_way
@given(text=st.text(max_size=60), user=st.sampled_from(["alice", "mallory"]))
def test_no_text_is_more_than_a_scope(world: World, door: Door, text: str, user: str) -> None:
    response = door.get_token(text, user=user)
    assert response.status_code in {200, 400}
    if response.status_code == 200:
        for thing in access_of(response):
            assert thing.removeprefix("repository:").partition("/")[0] in ALLOWED[user]


@given_any_way
@given(text=st.from_regex(r"[a-z(]{0,12}\)?:[a-zA-Z0-9/:._-]{0,20}:[a-z,*]{0,12}", fullmatch=True))
def test_nearly_a_scope_grants_nothing_foreign(world: World, door: Door, text: str) -> None:
    granted = access_of(door.get_token(text, user="mallory"))
    assert all(thing.startswith("repository:open/") and actions == ["pull"] for thing, actions in granted.items())

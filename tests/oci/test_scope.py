"""Scopes (Docker token authentication, "Token Scope Documentation")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_api.oci.reference import parse_name
from registry_api.oci.scope import MOST_CHARACTERS, MOST_SCOPES, Scope, ScopeInvalid, parse_scopes
from tests.oci.properties import any_text, bounded, short

PULL, PUSH = frozenset({"pull"}), frozenset({"pull", "push"})

names = st.from_regex("[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}", fullmatch=True, alphabet=st.characters(codec="ascii"))
actions = st.frozensets(st.sampled_from(["pull", "push", "delete", "*"]), min_size=1)
scopes = st.builds(Scope, st.just("repository"), names, actions)
like_scopes = st.text("repositry()gaclpush*:/,.- ", max_size=60)


def test_one_scope():
    assert parse_scopes(["repository:team/app:pull,push"]) == [Scope("repository", "team/app", PUSH)]


def test_several_parameters_of_several_scopes_each():
    values = ["repository:a/b:pull repository:c/d:pull", "registry:catalog:*"]
    assert parse_scopes(values) == [
        Scope("repository", "a/b", PULL),
        Scope("repository", "c/d", PULL),
        Scope("registry", "catalog", frozenset("*")),
    ]


def test_scopes_for_the_same_thing_become_one():
    values = ["repository:a/b:pull repository:c/d:pull", "repository:a/b:push,pull", "repository:a/b:pull"]
    assert parse_scopes(values) == [Scope("repository", "a/b", PUSH), Scope("repository", "c/d", PULL)]


def test_the_class_of_a_repository_is_dropped():
    assert parse_scopes(["repository(plugin):a/b:pull"]) == [Scope("repository", "a/b", PULL)]


def test_an_unknown_type_may_name_a_host_with_a_port():
    assert parse_scopes(["other:host.example:5000/a:pull"]) == [Scope("other", "host.example:5000/a", PULL)]


def test_nothing_is_asked_for():
    assert parse_scopes([]) == parse_scopes([""]) == parse_scopes(["   "]) == []


@pytest.mark.parametrize(
    "text",
    [
        "repository",
        "repository:a/b",
        "repository:a/b:",
        "repository::pull",
        ":a/b:pull",
        "repository:a/b:pull,",
        "repository:a/b:,pull",
        "repository:a/b:PULL",
        "repository:a/b:pull,**",
        "repository:a/b:pull*",
        "repository:a/b:pull\n",
        "repository:a/b\n:pull",
        "repository:a/b:pull\trepository:c/d:pull",
        "repository:A/b:pull",
        "repository:../a:pull",
        "repository:a//b:pull",
        "repository:*:pull",
        "repository:a/*:pull",
        "repository:host:5000/a:pull",
        "repository:a/b:pull:push",
        "repository:" + "a" * 256 + ":pull",
        "repository(:a/b:pull",
        "repository():a/b:pull",
        "repository(a)(b):a/b:pull",
        "Repository:a/b:pull",
        "repositorу:a/b:pull",  # a Cyrillic letter
        "registry:cata\u200blog:*",
        "other:../x y:pull",
        "other:\ud800:pull",
    ],
    ids=short,
)
def test_a_malformed_scope_is_left_out_and_the_others_stay(text):
    kept = Scope("repository", "kept", PULL)
    assert [found for found in parse_scopes([text, "repository:kept:pull"]) if found != kept] == []


def test_as_many_scopes_as_a_push_with_mounts_needs():
    values = [f"repository:a/b{number}:pull" for number in range(MOST_SCOPES)]
    assert len(parse_scopes(values)) == MOST_SCOPES


@pytest.mark.parametrize(
    "values",
    [
        ["repository:a:pull"] * (MOST_SCOPES + 1),
        [" ".join(["repository:a:pull"] * (MOST_SCOPES + 1))],
        ["x" * (MOST_CHARACTERS + 1)],
        [""] * (MOST_CHARACTERS + 1),
        [" " * (MOST_CHARACTERS + 1)],
    ],
    ids=short,
)
def test_more_is_refused_at_once(values):
    with pytest.raises(ScopeInvalid) as refused:
        parse_scopes(values)
    assert refused.value.status == 400


@bounded
@given(scopes)
def test_text_and_scope_are_the_same(scope):
    assert parse_scopes([str(scope)]) == [scope]


@bounded
@given(st.lists(scopes, max_size=8), st.booleans())
def test_merging_neither_widens_nor_narrows(asked, joined):
    texts = [str(scope) for scope in asked]
    found = parse_scopes([" ".join(texts)] if joined else texts)
    pairs = {(scope.name, action) for scope in found for action in scope.actions}
    assert pairs == {(scope.name, action) for scope in asked for action in scope.actions}
    assert len({scope.name for scope in found}) == len(found)


@bounded
@given(st.lists(any_text | like_scopes | names.map("repository:{}:pull".format), max_size=6))
def test_whatever_comes_only_well_formed_scopes_come_out(values):
    for scope in parse_scopes(values):
        assert scope.actions
        assert any(f":{scope.name}:" in value for value in values)
        assert parse_scopes([str(scope)]) == [scope]
        if scope.type == "repository":
            assert parse_name(scope.name) == scope.name

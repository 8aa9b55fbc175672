"""Tokens that must prove nothing, at the function and at the door."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.token_service import key_material, keys
from accounts.token_service.verify import TokenRefused, verify_token
from tests.tokens import forging
from tests.tokens.conftest import Door, World
from tests.tokens.forging import base64url, encoded, foreign_key, good_claims, signed

Forge = Callable[[World], str]


def without_signature(world: World) -> str:
    return signed(good_claims(world)).rpartition(".")[0] + "."


def signed_by_a_foreign_key_in_its_header(world: World, **extra: Any) -> str:
    key = foreign_key()
    return signed(good_claims(world), key=key, jwk=key_material.public_jwk(key.public_key()), **extra)


def altered(world: World) -> str:
    head, _, signature = signed(good_claims(world)).split(".")
    return f"{head}.{encoded(good_claims(world, sub='root'))}.{signature}"


def claims(**changed: Any) -> Forge:
    return lambda world: signed(good_claims(world, **changed))


def now() -> int:
    return int(time.time())


BAD: dict[str, Forge] = {
    "alg none": lambda world: f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(good_claims(world))}.",
    "alg none with our kid": lambda world: (
        f"{encoded({'alg': 'none', 'kid': keys.signer().kid})}.{encoded(good_claims(world))}."
    ),
    "HS256 with the public key": lambda world: forging.signed_with_public_key(good_claims(world)),
    "HS256": lambda world: signed(good_claims(world), key="x" * 32, algorithm="HS256"),
    "foreign key under our kid": lambda world: signed(good_claims(world), key=foreign_key()),
    "foreign key under its own kid": lambda world: signed(good_claims(world), key=foreign_key(), kid="foreign"),
    "foreign key in the header, our kid": signed_by_a_foreign_key_in_its_header,
    "foreign key in the header, no kid": lambda world: signed_by_a_foreign_key_in_its_header(world, kid=None),
    "our key, but with jwk": lambda world: signed(good_claims(world), jwk={"kty": "EC"}),
    "jku": lambda world: signed(good_claims(world), jku="https://evil.example/keys"),
    "x5u": lambda world: signed(good_claims(world), x5u="https://evil.example/cert"),
    "crit": lambda world: signed(good_claims(world), crit=["exp"], exp=1),
    "foreign certificate in the header": lambda world: signed(
        good_claims(world), key=foreign_key(), x5c=["MIIB"], kid=None
    ),
    "no kid": lambda world: signed(good_claims(world), kid=None),
    "kid is no text": lambda world: (
        f"{encoded({'alg': 'ES256', 'kid': ['x']})}.{encoded(good_claims(world))}.{base64url(b'x' * 64)}"
    ),
    "no signature": without_signature,
    "altered": altered,
    "expired": claims(exp=now() - 61),
    "expired long ago": claims(exp=1),
    "another audience": claims(aud="another-registry"),
    "a list of audiences": claims(aud=["harbor-registry"]),
    "no audience": claims(aud=None),
    "another issuer": claims(iss="another"),
    "no issuer": claims(iss=None),
    "issued in the future": claims(iat=now() + 3600),
    "no iat": claims(iat=None),
    "iat is no number": claims(iat="yesterday"),
    "not yet valid": claims(nbf=now() + 3600),
    "no nbf": claims(nbf=None),
    "no exp": claims(exp=None),
    "exp is no number": claims(exp="never"),
    "no jti": claims(jti=None),
    "no sub": claims(sub=None),
    "no holder": claims(holder=None),
    "holder of no kind": claims(holder={"kind": "god", "id": 1, "version": 1}),
    "holder is the system": claims(holder={"kind": "system", "id": 0, "version": 0}),
    "holder is no object": claims(holder="root"),
    "no access": claims(access=None),
    "access is no list": claims(access={"type": "repository"}),
    "access without project": lambda world: signed(
        good_claims(world, access=[{"type": "repository", "name": "team/app", "actions": ["pull"]}])
    ),
    "access of no type": claims(access=[{"name": "team/app"}]),
    "access entry is no object": claims(access=["repository:team/app:pull"]),
    "empty": lambda world: "",
    "garbage": lambda world: "garbage",
    "dots": lambda world: "..",
    "three parts of nothing": lambda world: "e30.e30.e30",
    "a part too many": lambda world: signed(good_claims(world)) + ".e30",
    "huge": lambda world: "a" * 70_000,
    "huge and dotted": lambda world: "." * 70_000,
    "a genuine one, blown up": lambda world: signed(good_claims(world, padding="x" * 70_000)),
    "deeply nested": lambda world: f"{base64url(b'[' * 20_000)}.e30.e30",
    "not ASCII": lambda world: "tökén",
}


def test_it_works(world: World, door: Door) -> None:
    token = signed(good_claims(world))
    assert verify_token(token).allows("team/app", "push")
    assert door.ping(f"Bearer {token}").status_code == 200


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_proves_nothing(world: World, door: Door, name: str) -> None:
    token = BAD[name](world)
    with pytest.raises(TokenRefused):
        verify_token(token)
    response = door.ping(f"Bearer {token}")
    assert response.status_code == 401
    assert response.json()["errors"][0]["code"] == "UNAUTHORIZED"
    assert 'error="invalid_token"' in response["WWW-Authenticate"]


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_clocks_may_differ_a_little(world: World, settings: object, claim: str) -> None:
    within = now() - 30 if claim == "exp" else now() + 30
    assert verify_token(signed(good_claims(world, **{claim: within}))).allows("team/app", "pull")


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "repository(plugin)"},
        {"type": "project"},
        {"type": "registry"},
        {"name": "other/app"},
        {"name": "team2/x"},
    ],
)
def test_access_of_another_sort_opens_nothing(world: World, changed: dict[str, str]) -> None:
    """A project's id vouches for the repositories of that project only, whatever name stands beside it."""
    grant = verify_token(signed(good_claims(world, access=[forging.access(world, **changed)])))
    assert not grant.allows("team/app", "pull")
    assert not grant.allows("other/app", "pull")
    assert not grant.catalog


def test_a_token_for_one_repository_opens_no_other_of_the_project(world: World) -> None:
    grant = verify_token(signed(good_claims(world)))
    assert grant.allows("team/app", "pull")
    for name in ("team/app2", "team/ap", "team", "team/app/nested", "TEAM/app", ""):
        assert not grant.allows(name, "pull")


def test_a_token_never_carries_the_administrators_flag(world: World, door: Door) -> None:
    token = door.get_token("repository:team/app:*", user="root").json()["token"]
    assert verify_token(token).actor.is_sysadmin is False


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_token_with_any_part_changed_proves_nothing(world: World, data: st.DataObject) -> None:
    token = signed(good_claims(world))
    position = data.draw(st.integers(0, len(token) - 2))
    character = data.draw(st.sampled_from("Aa0-_.=Z/+ \x00é"))
    # The last character of a base64 text holds unused bits; a change there may mean the same bytes.
    if token[position] == character or token[position + 1] == ".":
        return
    forged = token[:position] + character + token[position + 1 :]
    with pytest.raises(TokenRefused):
        verify_token(forged)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=200), st.from_regex(r"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){0,4}")))
def test_no_text_makes_verification_fail_in_another_way(world: World, text: str) -> None:
    with pytest.raises(TokenRefused):
        verify_token(text)


@hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changed=st.dictionaries(
        st.sampled_from(["sub", "access", "holder", "jti", "exp", "nbf", "iat"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        ),
        min_size=1,
    )
)
def test_whatever_our_key_signed_is_a_grant_or_refused(world: World, changed: dict[str, Any]) -> None:
    try:
        token = signed(good_claims(world, **changed))
    except (TypeError, ValueError, jwt.PyJWTError):
        return  # not even a token
    try:
        grant = verify_token(token)
    except TokenRefused:
        return
    assert not grant.allows("none/app", "push")

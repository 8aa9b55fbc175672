from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from io import StringIO

import jwt
import pytest
from cryptography import x509
from django.core.management import call_command
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.errors import Forbidden, NotFound
from accounts.models import SigningKey
from accounts.token_service import keys
from accounts.token_service.issue import issue_token
from accounts.token_service.verify import TokenRefused, verify_token
from audit.models import AuditLog
from tests.tokens.conftest import SERVICE, Door, World


def fresh_token(world: World) -> str:
    return issue_token(actor=world.actor("alice"), scopes=[], service=SERVICE).token


def test_it_signs_with_a_key_made_when_first_needed(world: World) -> None:
    assert SigningKey.objects.count() == 0
    header = jwt.get_unverified_header(fresh_token(world))
    assert header["alg"] == "ES256"
    assert header["kid"] == SigningKey.objects.get().kid


def test_the_same_key_signs_the_next_token(world: World) -> None:
    first, second = jwt.get_unverified_header(fresh_token(world)), jwt.get_unverified_header(fresh_token(world))
    assert first == second


def test_the_key_id_is_the_thumbprint_of_the_published_key(world: World, door: Door) -> None:
    header = jwt.get_unverified_header(fresh_token(world))
    published = door.client.get("/service/token/jwks.json").json()["keys"]
    members = {name: published[0][name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
    assert header["kid"] == published[0]["kid"] == thumbprint


def test_the_certificate_in_the_header_belongs_to_the_signing_key(world: World) -> None:
    token = fresh_token(world)
    der = base64.b64decode(jwt.get_unverified_header(token)["x5c"][0])
    public_key = x509.load_der_x509_certificate(der).public_key()
    assert jwt.decode(token, public_key, algorithms=["ES256"], audience=SERVICE)["sub"] == "alice"


def test_anybody_can_verify_a_token_by_the_published_keys(world: World, door: Door) -> None:
    token = fresh_token(world)
    for address in ("/service/token/jwks.json", "/.well-known/jwks.json"):
        response = door.client.get(address)
        assert response["Content-Type"].startswith("application/json")
        published = jwt.PyJWKSet.from_dict(response.json())
        key = published[jwt.get_unverified_header(token)["kid"]]
        assert jwt.decode(token, key, algorithms=["ES256"], audience=SERVICE)["aud"] == SERVICE
        assert b"PRIVATE" not in response.content
        assert '"d"' not in response.content.decode()


def test_after_a_rotation_the_new_key_signs_and_the_old_one_verifies(world: World, committing: object) -> None:
    old = fresh_token(world)
    with committing():
        new_key = keys.rotate_signing_key(actor=SYSTEM)
    new = fresh_token(world)
    assert jwt.get_unverified_header(new)["kid"] == new_key.kid != jwt.get_unverified_header(old)["kid"]
    assert verify_token(old).actor.name == verify_token(new).actor.name == "alice"
    assert next(key.kid for key in keys.published_keys()) == new_key.kid
    assert len(keys.published_keys()) == 2


def test_only_an_administrator_rotates(world: World) -> None:
    with pytest.raises(Forbidden):
        keys.rotate_signing_key(actor=world.actor("alice"))
    assert keys.rotate_signing_key(actor=world.actor("root")).retired_at is None
    assert AuditLog.objects.latest("id").operation == "rotate_signing_key"


def test_a_key_is_rotated_when_it_is_old_and_not_before(world: World, committing: object) -> None:
    assert keys.rotate_if_due() is False, "nothing to rotate before the first token"
    fresh_token(world)
    assert keys.rotate_if_due() is False
    with committing():
        assert keys.rotate_if_due(timezone.now() + keys.KEY_LIFETIME + timedelta(minutes=1)) is True
    assert SigningKey.objects.filter(retired_at=None).count() == 1
    assert SigningKey.objects.count() == 2


def test_an_old_key_is_deleted_when_its_last_token_has_expired(world: World, committing: object) -> None:
    old = fresh_token(world)
    with committing():
        keys.rotate_signing_key(actor=SYSTEM)
    assert keys.delete_expired_keys(timezone.now() + keys.LONGEST_TOKEN - timedelta(minutes=1)) == 0
    with committing():
        assert keys.delete_expired_keys(timezone.now() + keys.LONGEST_TOKEN + timedelta(minutes=1)) == 1
    assert jwt.get_unverified_header(old)["kid"] not in {key.kid for key in keys.published_keys()}


def test_the_present_key_is_never_deleted_for_its_age(world: World) -> None:
    fresh_token(world)
    assert keys.delete_expired_keys(timezone.now() + timedelta(days=3000)) == 0


def test_a_revoked_key_ends_its_tokens_at_once(world: World, door: Door, committing: object) -> None:
    token = fresh_token(world)
    assert door.ping(f"Bearer {token}").status_code == 200
    with committing():
        keys.revoke_signing_key(actor=SYSTEM, kid=jwt.get_unverified_header(token)["kid"])
    assert door.ping(f"Bearer {token}").status_code == 401
    with pytest.raises(NotFound):
        keys.revoke_signing_key(actor=SYSTEM, kid="nobody's")


def test_a_key_that_another_host_made_is_known_when_its_first_token_arrives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh_token(world)
    known_here = keys._set
    keys.rotate_signing_key(actor=SYSTEM)
    keys.forget_all()
    foreign = fresh_token(world)
    # Back to what this process knew, with the shared counter unmoved, as on another host.
    monkeypatch.setattr(keys, "_set", known_here)
    monkeypatch.setattr(keys, "LOOK_AGAIN_AFTER", -1.0)
    assert verify_token(foreign).actor.name == "alice"


def test_made_up_key_ids_do_not_become_a_query_each(world: World, django_assert_num_queries: object) -> None:
    fresh_token(world)
    with django_assert_num_queries(0):
        for number in range(50):
            assert keys.verifier(f"made-up-{number}") is None


def test_a_key_that_cannot_be_deciphered_is_replaced_and_still_verifies(world: World, settings: object) -> None:
    old = fresh_token(world)
    settings.SECRET_KEY = "another-secret-key-of-sufficient-length-0123456789"
    keys.forget_all()
    new = fresh_token(world)
    assert jwt.get_unverified_header(new)["kid"] != jwt.get_unverified_header(old)["kid"]
    assert verify_token(old).actor.name == "alice"


def test_the_command_prints_the_certificates_newest_first(world: World, committing: object) -> None:
    fresh_token(world)
    with committing():
        new_key = keys.rotate_signing_key(actor=SYSTEM)
    printed = StringIO()
    call_command("signing_certificate", stdout=printed)
    certificates = x509.load_pem_x509_certificates(printed.getvalue().encode())
    assert len(certificates) == 2
    assert certificates[0] == x509.load_pem_x509_certificate(new_key.certificate.encode())
    assert "PRIVATE" not in printed.getvalue()


def test_the_command_can_revoke_the_old_keys(world: World, committing: object) -> None:
    token = fresh_token(world)
    with committing():
        call_command("rotate_signing_key", revoke=True, stdout=StringIO())
    assert SigningKey.objects.count() == 1
    with pytest.raises(TokenRefused):
        verify_token(token)

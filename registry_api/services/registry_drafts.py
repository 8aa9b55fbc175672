"""What the endpoint of another registry may look like, before anything is stored or called."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from accounts.errors import BadRequest, NotFound
from registry_api.models import Registry
from registry_api.remotes.adapters import KINDS
from registry_api.remotes.addresses import check_url
from registry_api.remotes.endpoint import BASIC, CREDENTIAL_TYPES
from registry_api.remotes.errors import RemoteError
from registry_api.remotes.links import is_same_origin
from registry_api.remotes.transport import tls_context

MASK = "*****"  # what Harbor shows in the place of a secret, and takes for "as it was"
LONGEST = {"name": 64, "url": 256, "access_key": 255, "access_secret": 4096, "description": 1024}  # characters
LONGEST_CERTIFICATE = 64 << 10


def changed_copy(present: Registry, given: dict[str, Any]) -> Registry:
    """The registry with other values, known to be possible ones; nothing is stored. Raises BadRequest, NotFound.

    The stored secret is not read, so that one that cannot be deciphered any more can be replaced.
    """
    draft = Registry.objects.without_secrets().filter(pk=present.pk).first()
    if draft is None:
        raise NotFound("this registry does not exist any more")
    before = draft.url
    for field, value in given.items():
        if field != "access_secret":
            setattr(draft, field, value)
    secret = given.get("access_secret", MASK)
    if secret != MASK:
        draft.access_secret = secret or None
    make_valid(draft)
    if secret == MASK and draft.has_secret and not is_same_origin(draft.url, before):
        raise BadRequest("with another address the secret has to be given again", field="access_secret")
    return draft


def gives_secret(draft: Registry) -> bool:
    """Whether a changed copy has another secret than the stored one."""
    return "access_secret" not in draft.get_deferred_fields()


def make_valid(registry: Registry) -> None:
    """Puts the address into its usual form. Raises BadRequest."""
    registry.url = registry.url.strip().rstrip("/")
    registry.credential_type = registry.credential_type or BASIC
    _require_texts(registry)
    if registry.type not in KINDS:
        raise BadRequest(f"the type of a registry is one of {', '.join(KINDS)}", field="type")
    if registry.credential_type not in CREDENTIAL_TYPES:
        raise BadRequest(f"the type of a credential is one of {', '.join(CREDENTIAL_TYPES)}", field="credential_type")
    try:
        check_url(registry.url)
    except RemoteError as error:
        raise BadRequest(error.message, field="url") from error
    if urlsplit(registry.url).query:
        raise BadRequest("the address of a registry has no query", field="url")
    try:
        tls_context(registry.ca_certificate)
    except RemoteError as error:
        raise BadRequest(error.message, field="ca_certificate") from error


def _require_texts(registry: Registry) -> None:
    for field, longest in LONGEST.items():
        text = "" if field in registry.get_deferred_fields() else getattr(registry, field) or ""
        if len(text) > longest or "\0" in text:
            raise BadRequest(f"{field} has up to {longest} characters", field=field)
    if not registry.name.strip() or not registry.name.isprintable():
        raise BadRequest("a registry has a name of printable characters", field="name")
    if ":" in registry.access_key or not (registry.access_key or "-").isprintable():
        raise BadRequest("a user name has no colon and no special characters", field="access_key")
    if len(registry.ca_certificate) > LONGEST_CERTIFICATE or "\0" in registry.ca_certificate:
        raise BadRequest(f"a certificate has up to {LONGEST_CERTIFICATE} characters", field="ca_certificate")

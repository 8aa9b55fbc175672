"""Secrets, passwords, cookies and headers."""

import secrets
from pathlib import Path

from portal import environment as env
from portal.settings.base import DATA_DIR, EXTERNAL_URL


def _kept_secret(path: Path) -> str:
    """The installation's own secret, made at the first start and readable by its owner alone."""
    try:
        if not path.exists():
            _make_secret(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise env.BadSetting("PORTOLAN_DATA", str(DATA_DIR), f"{error.strerror}: {path}") from error


def _make_secret(path: Path) -> None:
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    # Written whole and then linked: of two processes that start together one wins, and both read the winner's.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


SECRET_KEY = env.secret("PORTOLAN_SECRET_KEY") or _kept_secret(DATA_DIR / "secret.key")
SECRET_KEY_FALLBACKS = env.secrets_list("PORTOLAN_SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = env.allowed_hosts("PORTOLAN_ALLOWED_HOSTS")
# How many proxies in front of us may be believed about the client's address, protocol and host.
TRUSTED_PROXIES = env.integer("PORTOLAN_TRUSTED_PROXIES", 0, lowest=0, highest=10)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.local.LocalBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.passwords.HarborRule"}]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"

_https = EXTERNAL_URL.startswith("https://")
SESSION_COOKIE_NAME = "sid"
SESSION_COOKIE_AGE = 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_TRUSTED_ORIGINS = [EXTERNAL_URL] if EXTERNAL_URL else []
LANGUAGE_COOKIE_AGE = 365 * 86400
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # what else is served below the host's domain is not ours to decide
    "security.W008",  # the proxy that speaks TLS redirects
    "security.W021",  # nor is the preload list of browsers
]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CREDENTIAL_CACHE_SECONDS = 30
# The longest life of a personal token; -1 for any, also one without end.
PERSONAL_TOKEN_MAX_DAYS = env.integer("PORTOLAN_PERSONAL_TOKEN_MAX_DAYS", 365, lowest=-1, highest=36500)

# What the product may always call, as registry or as target of a webhook, beside what each of them may call anyway.
ALLOWED_NETWORKS = env.networks("PORTOLAN_ALLOWED_NETWORKS")
# By which it calls them, and whom it calls directly all the same.
REMOTE_PROXY = env.proxy("PORTOLAN_REMOTE_PROXY")
REMOTE_NO_PROXY = env.hosts_and_networks("PORTOLAN_REMOTE_NO_PROXY")

"""What a person reads in the terminal: who the administrator is, where the product is, what to type first."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - listened on, shown as localhost


def address() -> str:
    """The URL that people and clients use: the external one, else what we listen on."""
    if settings.EXTERNAL_URL:
        return str(settings.EXTERNAL_URL)
    host = "localhost" if settings.HOST in ANY_ADDRESS else settings.HOST
    return f"http://[{host}]:{settings.PORT}" if ":" in host else f"http://{host}:{settings.PORT}"


def account_lines(name: str, password: str) -> list[str]:
    """Shown once, right after the account was made: the password is stored nowhere in clear."""
    return [
        "",
        f"  administrator  {name}",
        f"  password       {password}    (generated, shown this once)",
    ]


def ready_lines() -> list[str]:
    host = urlsplit(address()).netloc
    return [
        "",
        f"  Portolan is ready at {address()}/",
        "",
        f"  docker login {host} --username {settings.ADMIN_NAME}",
        f"  docker tag hello-world {host}/library/hello-world",
        f"  docker push {host}/library/hello-world",
        "",
    ]

"""The rule for passwords and chosen secrets, and making ones that keep it."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.errors import BadRequest

SHORTEST, LONGEST = 8, 128  # characters


class HarborRule:
    """8 to 128 characters, among them an upper case letter, a lower case letter and a digit (Harbor's rule)."""

    def validate(self, password: str, user: object = None) -> None:
        if not keeps_rule(password):
            raise ValidationError(self.get_help_text(), code="password_rule")

    def get_help_text(self) -> str:
        return _("8 to 128 characters, with at least one upper case letter, one lower case letter and one digit.")


def keeps_rule(password: str) -> bool:
    return (
        SHORTEST <= len(password) <= LONGEST
        and any(map(str.isupper, password))
        and any(map(str.islower, password))
        and any(map(str.isdigit, password))
        # A line break or NUL cannot travel in Basic authentication.
        and password.isprintable()
    )


def require_good_password(password: str, user: object = None, *, field: str = "password") -> None:
    """Raises BadRequest, with what all the configured validators have to say."""
    try:
        validate_password(password, user)  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadRequest(" ".join(error.messages), field=field) from error

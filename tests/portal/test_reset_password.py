"""`manage.py reset_password` helps whoever has lost the password."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.actors import SYSTEM
from accounts.services.users import create_user
from audit.models import AuditLog

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    user = create_user(actor=SYSTEM, username="navigator", password="Sextant-1730")
    before, output = user.rights_version, StringIO()
    call_command("reset_password", "navigator", stdout=output)
    user.refresh_from_db()
    assert user.check_password(output.getvalue().strip())
    assert user.must_change_password
    assert user.rights_version > before, "what was granted to the old password is void"
    assert AuditLog.objects.filter(operation="update_user", resource="navigator").exists()


def test_an_unknown_user_is_told() -> None:
    with pytest.raises(CommandError, match="there is no user nobody"):
        call_command("reset_password", "nobody")

"""People."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, Kind
from accounts.models.visibility import may_on_system


class Theme(models.TextChoices):
    AUTO = "auto", _("as the system")
    LIGHT = "light", _("light")
    DARK = "dark", _("dark")


class UserQuerySet(models.QuerySet["User"]):
    def existing(self) -> Self:
        """Without the deleted ones, whose rows stay for what refers to them."""
        return self.filter(deleted_at=None)

    def visible_to(self, actor: Actor) -> Self:
        """System administrators and robots that may list users see everybody, others themselves."""
        if may_on_system(actor, "user", "list"):
            return self.existing()
        return self.existing().filter(pk=actor.id) if actor.is_user else self.none()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes no users: ``accounts.services.users.create_user`` does."""


class User(AbstractBaseUser):
    """A person with an account.

    ``rights_version`` grows with every change of what the user may do or signs in with. A deleted user keeps the row
    under a name that nobody can sign in with (``name#id``, as Harbor does), which frees the name for somebody else.

    ``language`` and ``theme`` are how they see the console; no language means the one that their browser asks for.
    """

    username = models.CharField(_("user name"), max_length=255, unique=True)
    email = models.EmailField(_("e-mail"), max_length=255, unique=True, null=True, blank=True)
    realname = models.CharField(_("real name"), max_length=255, blank=True)
    comment = models.CharField(_("comment"), max_length=30, blank=True)
    is_sysadmin = models.BooleanField(_("system administrator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    language = models.CharField(_("language"), max_length=16, blank=True)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)
    rights_version = models.IntegerField(default=1, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[Any] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.username

    @property
    def actor_kind(self) -> Kind:
        return Kind.USER

    @property
    def account_name(self) -> str:
        return self.username

    @property
    def is_staff(self) -> bool:
        """Who may enter the admin; the word is Django's."""
        return self.is_active

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's question; the real answers come from :mod:`accounts.permissions` inside each service."""
        return self.is_active and self.is_sysadmin

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return self.is_active and self.is_sysadmin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_sysadmin

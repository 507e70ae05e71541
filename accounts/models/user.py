"""People who sign in."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models

from common import ids


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address, since there is no username."""

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Save a user; no password means that none can be used to sign in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Save a user who may do everything in the admin."""
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )


class User(AbstractUser):
    """A person, known by e-mail address."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    username = None  # type: ignore[assignment]  # Django's own field is not wanted
    email = models.EmailField(unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")

    class Meta:
        permissions = [("hijack_user", "Can act as a customer")]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # AbstractUser's is of names

    def __str__(self) -> str:
        return self.email

    @property
    def spoken_name(self) -> str:
        """What the interface calls this person."""
        return self.get_full_name() or self.email.split("@")[0]

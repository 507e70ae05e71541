"""Links that sign a person in once."""

from django.conf import settings
from django.db import models


class SignInLink(models.Model):
    """A one-time way in, 15 minutes long; only the token's SHA-256 is kept."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"sign-in link of {self.user_id}"

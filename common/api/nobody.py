"""The default permission: a view that names no other lets nobody in."""

from typing import Any

from rest_framework.permissions import BasePermission


class Nobody(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False

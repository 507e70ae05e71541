"""What a report of an unexpected error may hold: where, never what was at hand.

Views handle keys and passwords in plain variables. Marking each is forgotten sooner or
later, so reports name variables and their types, and fields of forms without values.
"""

from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter


class Discreet(SafeExceptionReporterFilter):
    """Keeps values out of reports, but for a developer who has DEBUG on."""

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        if request is None or not self.is_active(request):
            return super().get_post_parameters(request)
        return dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> Any:
        if request is not None and not self.is_active(request):
            return super().get_traceback_frame_variables(request, tb_frame)
        return [(name, type(value)) for name, value in tb_frame.f_locals.items()]

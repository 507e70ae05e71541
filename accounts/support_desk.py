"""What every admin page of ours is made of: looking, finding, and deeds with a reason.

Staff look at records and never type over them. What they do is an operation like any
other door's, asked for on a page that wants to know why.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import JSONField, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from common.errors import Refusal

PALETTE = 10  # matches of each kind in the palette


class ReasonForm(forms.Form):
    """Asks why. The customer can read the answer."""

    reason = forms.CharField(
        label="Why",
        min_length=5,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
        help_text="Goes into the audit book, which the customer's admins can read.",
    )


class AmountForm(ReasonForm):
    """Asks how much, too."""

    credits = forms.DecimalField(
        label="Credits",
        max_digits=12,
        decimal_places=2,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text="1 credit is 1 US cent. Negative takes away.",
    )
    field_order = ("credits", "reason")


def deed_of_list(
    words: str, *, permission: str, icon: str, form: type[forms.Form]
) -> Callable[[Callable[..., str]], Any]:
    """Make a button above a list that asks what its form asks, then does the deed."""

    def decorate(deed: Callable[..., str]) -> Any:
        def page(desk: Any, request: HttpRequest) -> HttpResponseBase:
            require(request, permission)
            asked = form(request.POST or None)
            if request.method == "POST" and asked.is_valid():
                try:
                    done = deed(desk, request, asked)
                except Refusal as refusal:
                    asked.add_error(None, refusal.message)
                else:
                    response: HttpResponse = desk.to_list(request, done)
                    return response
            question: HttpResponse = desk.ask_for_list(request, asked, words)
            return question

        page.__name__ = deed.__name__
        button = action(
            description=words, icon=icon, url_path=deed.__name__.replace("_", "-")
        )(page)
        button.permission = permission
        return button

    return decorate


class Deed(Protocol):
    """What a verb does, once the form is filled in. Returns what to tell the staff, or
    a response that leads elsewhere."""

    def __call__(
        self, desk: Any, request: HttpRequest, record: Any, form: forms.Form, /
    ) -> str | HttpResponseBase: ...


def verb(
    words: str,
    *,
    permission: str,
    icon: str,
    form: type[forms.Form] = ReasonForm,
    when: Callable[[Any], bool] = lambda record: True,
    warning: str = "",
) -> Callable[[Deed], Any]:
    """Make a button on a record's page that asks for a reason, then does the deed."""

    def decorate(deed: Deed) -> Any:
        def page(desk: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
            require(request, permission)
            record = desk.get_object(request, object_id)
            if record is None or not desk.has_view_permission(request, record):
                raise Http404
            back = redirect(desk.url_of(record))
            if not when(record):
                messages.warning(request, f"“{words}” does not apply any more.")
                return back
            asked = form(request.POST or None)
            if request.method == "POST" and asked.is_valid():
                try:
                    done = deed(desk, request, record, asked)
                except Refusal as refusal:
                    asked.add_error(None, refusal.message)
                else:
                    if isinstance(done, HttpResponseBase):
                        return done
                    messages.success(request, done)
                    return back
            question: HttpResponse = desk.ask(request, record, asked, words, warning)
            return question

        page.__name__ = deed.__name__  # type: ignore[attr-defined]  # a Callable need not have one
        # Not by unfold's own permissions: its system check asks the database, which
        # may not be there yet when checks run.
        button = action(
            description=words,
            icon=icon,
            url_path=deed.__name__.replace("_", "-"),  # type: ignore[attr-defined]  # as above
        )(page)
        button.permission, button.when = permission, when
        return button

    return decorate


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON column, shown as text: unfold colours one by styles of each word, where it
    finds Pygments, and the Content-Security-Policy allows none."""

    column: str
    short_description: str

    @property
    def __name__(self) -> str:  # by which the admin knows a column's help
        return self.column

    def __call__(self, record: Model) -> str | SafeString:
        value = getattr(record, self.column)
        if value is None:
            return ""
        text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
        return format_html('<pre class="document">{}</pre>', text)


class Desk(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """A model that staff look at."""

    show_full_result_count = False
    list_per_page = 50
    compressed_fields = True
    list_filter_submit = False
    ordering: ClassVar[Any] = ("-pk",)
    secret_fields: ClassVar[tuple[str, ...]] = ()  # never shown, to nobody

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str | Document]:
        """Show every column but the secret ones, also those that nobody edits."""
        columns = {field.name: field for field in self.model._meta.concrete_fields}
        names = self.fields or [
            name for name in columns if name not in self.secret_fields
        ]
        return [
            Document(name, str(columns[name].verbose_name))
            if isinstance(columns.get(name), JSONField)
            else name
            for name in names
        ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> list[str | Document]:
        return self.get_fields(request, obj)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by public id without reading the whole table."""
        try:
            wanted = UUID(search_term.strip().removeprefix("call_"))
        except ValueError:
            found, twice = super().get_search_results(request, queryset, search_term)
        else:
            found, twice = queryset.filter(self.by_id(wanted)), False
        match = request.resolver_match
        if match and match.url_name == "search":
            # The palette would read and list every match.
            found = found[:PALETTE]
        return found, twice

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer the verbs that this person may use, on this record, now."""
        record = self.get_object(request, object_id)
        return [
            each
            for each in super().get_actions_detail(request, object_id)
            if record is not None
            and request.user.has_perm(each.method.permission)
            and each.method.when(record)
        ]

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """Offer the list's deeds that this person may use."""
        return [
            each
            for each in super().get_actions_list(request)
            if request.user.has_perm(each.method.permission)
        ]

    def by_id(self, wanted: UUID) -> Any:
        """Return the condition under which a record answers to a public id."""
        return Q(pk=wanted)

    def url_of(self, record: Model) -> str:
        """Return the page of a record."""
        meta = record._meta
        return reverse(
            f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk]
        )

    def to_list(self, request: HttpRequest, words: str) -> HttpResponse:
        """Say what was done and go to the list: the record is no more."""
        messages.success(request, words)
        meta = self.model._meta
        return redirect(f"admin:{meta.app_label}_{meta.model_name}_changelist")

    def ask_for_list(
        self, request: HttpRequest, form: forms.Form, words: str
    ) -> HttpResponse:
        """Show the page that asks what a list's deed needs."""
        meta = self.model._meta
        return TemplateResponse(
            request,
            "admin/reason.html",
            {
                **self.admin_site.each_context(request),
                "title": words,
                "record": "",
                "back": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
                "form": form,
                "opts": meta,
            },
        )

    def ask(
        self,
        request: HttpRequest,
        record: Model,
        form: forms.Form,
        words: str,
        warning: str,
    ) -> HttpResponse:
        """Show the page that asks for a reason."""
        return TemplateResponse(
            request,
            "admin/reason.html",
            {
                **self.admin_site.each_context(request),
                "title": words,
                "record": record,
                "back": self.url_of(record),
                "form": form,
                "warning": warning,
                "opts": record._meta,
            },
        )


class Inside(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """Records that belong to the one looked at."""

    extra = 0
    ordering: ClassVar[Any] = ("pk",)
    per_page = 20
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def person(request: HttpRequest) -> User:
    """Return the member of staff: the admin has let nobody else in."""
    return cast(User, request.user)


def require(request: HttpRequest, permission: str) -> None:
    """Refuse whoever has not been given the permission."""
    if not request.user.has_perm(permission):
        raise PermissionDenied

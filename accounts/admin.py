"""People, accounts, workspaces, keys and the audit book, for support."""

from typing import Any, ClassVar
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from auditlog.models import LogEntry
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from hijack.views import AcquireUserView

from accounts import keys, staff, support, system_status
from accounts.desk_forms import AnswerForm, IncidentForm, UpdateForm
from accounts.models import (
    Account,
    AccountMembership,
    ApiKey,
    AuditEntry,
    ComponentCheck,
    Incident,
    IncidentUpdate,
    Invitation,
    Membership,
    SupportTicket,
    TicketMessage,
    User,
    Workspace,
)
from accounts.support_desk import Desk, Inside, deed_of_list, person, verb

# Other packages registered these. Sessions and authenticators are nobody's to look at;
# what is left is looked at by the rules of this desk.
for model in (Authenticator, EmailAddress, Group, LogEntry, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class MembershipsInside(Inside):
    model = Membership
    fields = ("user", "workspace", "role", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "workspace")


class AccountMembershipsInside(Inside):
    model = AccountMembership
    fields = ("user", "account", "role", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "account")


@admin.register(User)
class UserDesk(Desk):
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email__istartswith", "first_name", "last_name")
    search_help_text = "Address, name or id"
    fields = (
        "id",
        "email",
        "first_name",
        "last_name",
        "time_zone",
        "is_active",
        "is_staff",
        "is_superuser",
        "date_joined",
        "last_login",
    )
    inlines = (AccountMembershipsInside, MembershipsInside)
    actions_detail = ("act_as", "disable", "enable")
    secret_fields = ("password",)

    @admin.display(description="Name")
    def name(self, user: User) -> str:
        return user.spoken_name

    @verb(
        "Act as this person",
        permission="accounts.hijack_user",
        icon="visibility",
        when=lambda user: user.is_active and not user.is_staff,
        warning="You will see the Studio as they do. What you do is done in their name "
        "and written down as yours.",
    )
    def act_as(
        self, request: HttpRequest, user: User, form: forms.Form
    ) -> HttpResponse:
        asked = QueryDict(mutable=True)
        asked.update({"user_pk": str(user.pk), "next": "/"})
        asked["reason"] = form.cleaned_data["reason"]
        request.POST = asked  # type: ignore[assignment]  # the view reads its own form
        response: HttpResponse = AcquireUserView.as_view()(request)
        return response

    @verb(
        "Disable",
        permission="accounts.change_user",
        icon="block",
        when=lambda user: user.is_active,
        warning="Every session of this person ends at once.",
    )
    def disable(self, request: HttpRequest, user: User, form: forms.Form) -> str:
        staff.disable(user, by=person(request), reason=form.cleaned_data["reason"])
        return f"{user.email} is disabled and signed out everywhere."

    @verb(
        "Enable",
        permission="accounts.change_user",
        icon="check",
        when=lambda user: not user.is_active,
    )
    def enable(self, request: HttpRequest, user: User, form: forms.Form) -> str:
        staff.enable(user, by=person(request), reason=form.cleaned_data["reason"])
        return f"{user.email} may sign in again."


class WorkspacesInside(Inside):
    model = Workspace
    fields = ("name", "plan", "is_primary", "created_at")
    readonly_fields = fields
    fk_name = "account"


@admin.register(Account)
class AccountDesk(Desk):
    list_display = ("name", "workspaces_", "created_at")
    search_fields = ("name", "memberships__user__email__istartswith")
    search_help_text = "Name, member's address or id"
    fields = ("id", "name", "created_at")
    inlines = (WorkspacesInside, AccountMembershipsInside)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(size=Count("workspaces"))

    @admin.display(description="Workspaces", ordering="size")
    def workspaces_(self, account: Any) -> int:
        return int(account.size)


@admin.register(Workspace)
class WorkspaceDesk(Desk):
    list_display = ("name", "account", "plan", "is_primary", "created_at")
    list_filter = ("plan",)
    list_select_related = ("account",)
    search_fields = (
        "name",
        "account__name",
        "memberships__user__email__istartswith",
        "api_keys__key_prefix__istartswith",
    )
    search_help_text = "Name, member's address, beginning of a key, or id"
    inlines = (MembershipsInside,)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(account_id=wanted)


@admin.register(ApiKey)
class ApiKeyDesk(Desk):
    list_display = ("key_prefix", "label", "workspace", "kind", "last_used_at", "live")
    list_filter = ("kind",)
    list_select_related = ("workspace",)
    search_fields = ("key_prefix__istartswith", "label", "workspace__name")
    search_help_text = "Beginning of the key, its name, workspace or id"
    actions_detail = ("revoke",)
    secret_fields = ("key_hash",)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> Any:
        """Find a key by what a customer quotes, be it the whole of it."""
        for beginning, length in keys.SHOWN.items():
            if search_term.startswith(beginning):
                search_term = search_term[:length]
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="Live", boolean=True)
    def live(self, key: ApiKey) -> bool:
        return key.revoked_at is None

    @verb(
        "Revoke",
        permission="accounts.change_apikey",
        icon="key_off",
        when=lambda key: key.revoked_at is None,
        warning="Programs that use it stop working at once.",
    )
    def revoke(self, request: HttpRequest, key: ApiKey, form: forms.Form) -> str:
        keys.revoke(key, by=person(request), reason=form.cleaned_data["reason"])
        return f"{key.key_prefix}… is revoked."


@admin.register(Invitation)
class InvitationDesk(Desk):
    list_display = ("email", "workspace", "role", "sent_at", "accepted_at")
    list_select_related = ("workspace",)
    search_fields = ("email__istartswith", "workspace__name")
    secret_fields = ("token_hash",)


@admin.register(AuditEntry)
class AuditEntryDesk(Desk):
    list_display = ("created_at", "actor", "verb", "target", "workspace", "staff")
    list_filter = ("verb",)
    list_select_related = ("actor", "workspace", "staff")
    search_fields = ("actor__email__istartswith", "verb", "workspace__name", "target")

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted) | Q(actor_id=wanted)


@admin.register(LogEntry)
class LogEntryDesk(Desk):
    list_display = ("timestamp", "actor", "action", "content_type", "object_repr")
    list_filter = ("action",)
    list_select_related = ("actor", "content_type")
    search_fields = ("actor__email__istartswith", "object_repr")
    fields: ClassVar[Any] = (
        "timestamp",
        "actor",
        "action",
        "content_type",
        "object_pk",
        "object_repr",
        "changes",
        "remote_addr",
    )

    def by_id(self, wanted: UUID) -> Any:
        return Q(object_pk=str(wanted)) | Q(actor_id=wanted)


@admin.register(Group)
class GroupDesk(Desk):
    list_display = ("name",)
    search_fields = ("name",)


class MessagesInside(Inside):
    model = TicketMessage
    fields = ("created_at", "by_support", "author", "body")
    readonly_fields = fields
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("author")


@admin.register(SupportTicket)
class SupportTicketDesk(Desk):
    list_display = ("subject", "status", "category", "workspace", "updated_at")
    list_filter = ("status", "category")
    list_select_related = ("workspace",)
    search_fields = ("subject", "contact_email__istartswith", "workspace__name")
    search_help_text = "Subject, address, workspace or id"
    inlines = (MessagesInside,)
    actions_detail = ("answer",)

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=wanted) | Q(workspace_id=wanted) | Q(call_id=wanted)

    @verb(
        "Answer",
        permission="accounts.change_supportticket",
        icon="reply",
        form=AnswerForm,
    )
    def answer(
        self, request: HttpRequest, ticket: SupportTicket, form: forms.Form
    ) -> str:
        sent = support.answer(
            ticket,
            body=form.cleaned_data["body"],
            status=form.cleaned_data["status"],
            by=person(request),
        )
        return f"Answered. {sent.email_reason or 'A letter went out.'}"


class UpdatesInside(Inside):
    model = IncidentUpdate
    fields = ("created_at", "stage", "message", "written_by")
    readonly_fields = fields
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("written_by")


@admin.register(Incident)
class IncidentDesk(Desk):
    list_display = ("title", "level", "started_at", "resolved_at")
    list_filter = ("level",)
    search_fields = ("title",)
    inlines = (UpdatesInside,)
    actions_list = ("tell_of_an_incident",)
    actions_detail = ("say_what_is_new",)

    @deed_of_list(
        "Tell of an incident",
        permission="accounts.change_incident",
        icon="campaign",
        form=IncidentForm,
    )
    def tell_of_an_incident(self, request: HttpRequest, form: forms.Form) -> str:
        incident = system_status.open_incident(**form.cleaned_data, by=person(request))
        return f"“{incident.title}” stands on the status page."

    @verb(
        "Say what is new",
        permission="accounts.change_incident",
        icon="edit",
        form=UpdateForm,
        when=lambda incident: incident.resolved_at is None,
    )
    def say_what_is_new(
        self, request: HttpRequest, incident: Incident, form: forms.Form
    ) -> str:
        system_status.update(incident, **form.cleaned_data, by=person(request))
        return "It stands on the status page."


@admin.register(ComponentCheck)
class ComponentCheckDesk(Desk):
    list_display = ("component", "level", "took_ms", "detail", "since", "checked_at")
    list_filter = ("level",)
    search_fields = ("component", "detail")

    def by_id(self, wanted: UUID) -> Any:
        return Q(pk=str(wanted))

"""How the support desk looks, and what its sidebar offers by what the reader may see."""

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Rymi support",
    "SITE_HEADER": "Rymi support",
    "SITE_SUBHEADER": "Look, find, act with a reason",
    "SITE_SYMBOL": "support_agent",
    "SITE_URL": "/",
    "SHOW_BACK_BUTTON": True,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("img/mark.svg"),
        }
    ],
    "COMMAND": {
        "search_models": [
            "accounts.user",
            "accounts.workspace",
            "accounts.apikey",
            "telephony.call",
            "agents.agent",
            "webhooks.endpoint",
        ],
        "show_history": False,
    },
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "navigation": "rymi_site.desk.navigation",
    },
}
GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Customers",
        (
            ("People", "person", "accounts.User"),
            ("Workspaces", "apartment", "accounts.Workspace"),
            ("Accounts", "badge", "accounts.Account"),
            ("Invitations", "mail", "accounts.Invitation"),
            ("API keys", "key", "accounts.ApiKey"),
        ),
    ),
    (
        "What they do",
        (
            ("Calls", "call", "telephony.Call"),
            ("Numbers", "tag", "telephony.Number"),
            ("Carriers", "cell_tower", "telephony.CarrierConnection"),
            ("Queues", "campaign", "telephony.Fanout"),
            ("Do not call", "phone_disabled", "telephony.DoNotCall"),
            ("Agents", "support_agent", "agents.Agent"),
            ("Published versions", "deployed_code", "agents.Snapshot"),
            ("Changes of agents", "history_edu", "agents.Change"),
            ("After calls", "task_alt", "intelligence.AnalysisStep"),
            ("Evals", "fact_check", "intelligence.EvalRun"),
            ("Legal holds", "gavel", "intelligence.LegalHold"),
            ("Erasures", "person_remove", "intelligence.ErasureReceipt"),
            ("Provider keys", "power", "agents.ProviderKey"),
            ("Webhook endpoints", "webhook", "webhooks.Endpoint"),
            ("Webhook deliveries", "outgoing_mail", "webhooks.Delivery"),
        ),
    ),
    (
        "What they ask",
        (
            ("Tickets", "contact_support", "accounts.SupportTicket"),
            ("Incidents", "campaign", "accounts.Incident"),
            ("Components", "monitor_heart", "accounts.ComponentCheck"),
        ),
    ),
    (
        "Money",
        (
            ("Wallets", "account_balance_wallet", "billing.Wallet"),
            ("Ledger", "receipt_long", "billing.LedgerEntry"),
            ("Payments", "credit_card", "billing.Payment"),
            ("Invoices", "receipt", "billing.Invoice"),
            ("Stripe's events", "webhook", "billing.ProcessorEvent"),
            ("Letters about money", "mail", "billing.Notice"),
            ("Managed stacks", "layers", "billing.ManagedSku"),
            ("Holds", "lock_clock", "billing.Hold"),
            ("Costs", "request_quote", "billing.CostLine"),
            ("Days", "calendar_month", "billing.DailySpend"),
            ("Plans", "sell", "billing.Plan"),
            ("Limits agreed apart", "tune", "billing.LimitOverride"),
        ),
    ),
    (
        "Books",
        (
            ("Deeds", "history", "accounts.AuditEntry"),
            ("Changes of fields", "edit_note", "auditlog.LogEntry"),
            ("Groups of staff", "groups", "auth.Group"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar."""
    return [
        {
            "title": title,
            "separator": True,
            "items": [_item(request, *row) for row in rows],
        }
        for title, rows in GROUPS
    ]


def _item(request: HttpRequest, title: str, icon: str, label: str) -> dict[str, Any]:
    meta = apps.get_model(label)._meta
    permission = f"{meta.app_label}.view_{meta.model_name}"
    return {
        "title": title,
        "icon": icon,
        "link": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
        "permission": lambda _: request.user.has_perm(permission),
    }

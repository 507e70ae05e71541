"""Pages of the billing app, and what the payment company calls."""

from django.urls import path

from billing import callbacks
from billing.studio import invoices, ledger, overview, payments

app_name = "billing"
urlpatterns = [
    path("settings/billing/", overview.page, name="overview"),
    path("settings/billing/top-up/", overview.top_up, name="top-up"),
    path("settings/billing/controls/", overview.controls, name="controls"),
    path(
        "settings/billing/clients/<uuid:client_id>/cap/",
        overview.client_cap,
        name="client-cap",
    ),
    path("settings/billing/identity/", overview.identity, name="identity"),
    path("settings/billing/payments/", payments.create, name="payment-create"),
    path(
        "settings/billing/payments/<uuid:payment_id>/return/",
        payments.returned,
        name="payment-return",
    ),
    path("settings/billing/ledger/", ledger.page, name="ledger"),
    path("settings/billing/ledger.csv", ledger.table, name="ledger-table"),
    path("settings/billing/invoices.csv", invoices.table, name="invoice-table"),
    path("settings/billing/invoices/<uuid:invoice_id>/", invoices.page, name="invoice"),
    path(
        "settings/billing/invoices/<uuid:invoice_id>.pdf",
        invoices.paper,
        name="invoice-paper",
    ),
    path(
        "settings/billing/statements/<slug:month>.pdf",
        invoices.statement,
        name="statement",
    ),
    path("callbacks/stripe/", callbacks.stripe, name="stripe-callback"),
]

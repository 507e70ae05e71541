"""The billing part of the public API."""

from django.urls import path

from billing.api import controls, invoices, skus, transactions, usage

urlpatterns = [
    path("billing/usage-summary", usage.UsageSummary.as_view()),
    path("billing/agent-roles", skus.AgentRoles.as_view()),
    path("managed-skus", skus.ManagedSkuList.as_view()),
    path("billing/auto-recharge", controls.AutoRechargeDetail.as_view()),
    path("billing/alerts", controls.AlertsDetail.as_view()),
    path("billing/country", controls.CountryDetail.as_view()),
    path("billing/transactions", transactions.TransactionList.as_view()),
    path("billing/invoices", invoices.InvoiceList.as_view()),
    path("billing/invoices/<uuid:invoice_id>", invoices.InvoiceDetail.as_view()),
]

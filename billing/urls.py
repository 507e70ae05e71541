"""Pages of the billing app, and what the payment company calls."""

from django.urls import path

from billing import callbacks
from billing.studio import payments

app_name = "billing"
urlpatterns = [
    path("settings/billing/", payments.overview, name="overview"),
    path("settings/billing/payments/", payments.create, name="payment-create"),
    path(
        "settings/billing/payments/<uuid:payment_id>/return/",
        payments.returned,
        name="payment-return",
    ),
    path("callbacks/stripe/", callbacks.stripe, name="stripe-callback"),
]

"""Who pays for a workspace, and from which country."""

import phonenumbers
from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from billing.models import BillingProfile, Invoice
from common.errors import Refusal

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)


class CountryLocked(Refusal):
    """Invoices were issued for the country that stands."""

    code = "billing_country_locked"
    status = 409


class NoSuchCountry(Refusal):
    """Not a country's code."""

    code = "invalid_country"


def of(workspace: Workspace) -> BillingProfile:
    """Return who pays; the first time, make the row."""
    profile, _ = BillingProfile.objects.get_or_create(
        workspace=workspace,
        defaults={"country": workspace.operating_country.upper()},
    )
    return profile


def is_country_locked(workspace: Workspace) -> bool:
    """Tell whether an invoice was paid from the country that stands."""
    return bool(
        workspace.invoices.filter(kind=Invoice.Kind.TOPUP).exclude(country="").exists()
    )


@transaction.atomic
def set_country(workspace: Workspace, country: str, *, by: User) -> BillingProfile:
    """Set the billing country, while no invoice has been paid."""
    country = country.strip().upper()
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise NoSuchCountry(
            "Write the country as its two letters, such as GB, DE or IN."
        )
    of(workspace)
    profile = BillingProfile.objects.select_for_update().get(pk=workspace.pk)
    if profile.country == country:
        return profile
    if is_country_locked(workspace):
        raise CountryLocked(
            f"Invoices were paid from {profile.country or 'no country'}, so the billing"
            " country cannot be changed any more. Ask whoever runs this server."
        )
    profile.country = country
    profile.save(update_fields=["country"])
    audit.record(
        workspace=workspace, actor=by, verb="billing.country_set", target=country
    )
    return profile


def learn_country(workspace: Workspace, country: str) -> None:
    """Take the card's country where none was set: an invoice is about to name it."""
    if country in phonenumbers.SUPPORTED_REGIONS:
        of(workspace)
        BillingProfile.objects.filter(pk=workspace.pk, country="").update(
            country=country
        )


def set_legal_name(workspace: Workspace, name: str) -> BillingProfile:
    """Set the name that invoices are made out to."""
    profile = of(workspace)
    profile.legal_name = name.strip()[:120]
    profile.save(update_fields=["legal_name"])
    return profile

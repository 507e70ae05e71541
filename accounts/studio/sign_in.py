"""The one-time link: looking at it is safe, pressing the button uses it up."""

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import sign_in_links


@sensitive_variables("token")
@never_cache
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button, so that previews and scanners of links do not sign in."""
    if request.method == "GET":
        is_open = sign_in_links.is_open(token)
        if not is_open and request.user.is_authenticated:
            return redirect("home")
        status = 200 if is_open else 410
        return render(
            request, "accounts/sign_in_link.html", {"is_open": is_open}, status=status
        )
    user = sign_in_links.use(token)
    if user is None:
        return render(
            request, "accounts/sign_in_link.html", {"is_open": False}, status=410
        )
    # Whoever runs commands on the machine has proven more than a mail address.
    response: HttpResponse = perform_login(request, user, email_verification="none")
    return response

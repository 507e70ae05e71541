"""Founding, naming and switching workspaces."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import workspaces
from accounts.access import SESSION_KEY, StudioRequest, studio


class NameForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


@require_POST
@login_required
def switch(request: StudioRequest) -> HttpResponse:
    """Go to another of one's workspaces."""
    wanted = request.POST.get("workspace", "")
    if wanted not in {str(each.id) for each in request.workspaces}:
        raise Http404
    request.session[SESSION_KEY] = wanted
    # The page one came from shows things of the other workspace, so: home.
    return redirect("home")


@require_http_methods(["GET", "POST"])
@login_required
def new(request: StudioRequest) -> HttpResponse:
    """Found one more workspace in one's own account, or the first."""
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        workspace = workspaces.found_another(
            owner=request.user, name=form.cleaned_data["name"]
        )
        request.session[SESSION_KEY] = str(workspace.id)
        return redirect("home")
    return render(request, "accounts/workspace_new.html", {"form": form})


@require_POST
@studio("administer")
def name(request: StudioRequest) -> HttpResponse:
    """Give the workspace another name."""
    form = NameForm(request.POST)
    if form.is_valid():
        workspaces.rename(
            request.workspace, name=form.cleaned_data["name"], by=request.user
        )
        messages.success(request, "The workspace has its new name.")
    else:
        messages.error(request, "A workspace needs a name of 1 to 120 characters.")
    return redirect("accounts:member-list")

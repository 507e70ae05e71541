"""Pages of the telephony app."""

from django.urls import URLPattern

app_name = "telephony"
urlpatterns: list[URLPattern] = []

"""Pages of the agents app."""

from django.urls import URLPattern

app_name = "agents"
urlpatterns: list[URLPattern] = []

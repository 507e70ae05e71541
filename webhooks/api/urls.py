"""The webhooks part of the public API."""

from django.urls import path

from webhooks.api import endpoints

urlpatterns = [
    path("webhooks", endpoints.EndpointList.as_view()),
    path("webhooks/<uuid:webhook_id>", endpoints.EndpointDetail.as_view()),
]

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The post office: endpoints, events, deliveries."""

    name = "webhooks"

    def ready(self) -> None:
        from webhooks import receivers

        receivers.connect()

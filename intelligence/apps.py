from django.apps import AppConfig


class IntelligenceConfig(AppConfig):
    """After the talk: analyses, evals, insights."""

    name = "intelligence"

    def ready(self) -> None:
        from intelligence import receivers

        receivers.connect()

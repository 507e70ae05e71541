from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AgentsConfig(AppConfig):
    """Who talks: agents, snapshots, tools, knowledge, templates."""

    name = "agents"

    def ready(self) -> None:
        """Let pgvector be used wherever the database has it."""
        from agents.knowledge import pgvector

        post_migrate.connect(pgvector.prepare, sender=self)

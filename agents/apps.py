from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """Who talks: agents, snapshots, tools, knowledge, templates."""

    name = "agents"

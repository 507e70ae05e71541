"""Who talks: agents, snapshots, tools, knowledge, templates."""

"""The engine: how a conversation runs. It knows ports, no vendor and no Django."""

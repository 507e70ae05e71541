"""Where several people and one agent hear each other: the port, and the room that is in
the process itself."""

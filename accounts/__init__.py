"""Who owns it: users, accounts, workspaces, keys."""

"""The built-in provider: it needs no account and runs on this machine."""

"""The only way out: every HTTP request of ours is made here."""

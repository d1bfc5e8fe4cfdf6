"""The operator's console: whether it works, why not, and what mends it."""

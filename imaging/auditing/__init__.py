"""The audit log: what goes into it, by whom it was done, and in which words."""

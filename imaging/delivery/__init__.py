"""Files out: what is handed to whom, how it is sent, and when it counts."""

"""Django's SQLite, whose writers stand in line."""

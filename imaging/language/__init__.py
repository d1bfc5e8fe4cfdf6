"""Readers: in which language and time zone, and what was kept in English for them."""

"""A provider that exists for the tests; `tests/lab.py` plays its server."""

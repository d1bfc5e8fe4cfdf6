"""A provider for the tests that wants keys and has prices."""

"""Retouch4me's cloud retouching: client of its media processing server."""

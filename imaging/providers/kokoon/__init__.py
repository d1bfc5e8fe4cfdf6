"""Kokoon: super-resolution of still images, API v3."""

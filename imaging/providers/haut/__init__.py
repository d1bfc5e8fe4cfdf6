"""Haut.AI: skin analysis of faces."""

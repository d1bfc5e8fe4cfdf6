"""Naver Cloud Media Intelligence: assets for visual search."""

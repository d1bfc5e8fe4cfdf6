"""Skin analysis: scores of what a camera sees on a face, each with its definition.

No diagnosis, and no learned model: established formulas on colours and structures, by
which pictures of one person can be compared with one another.
"""

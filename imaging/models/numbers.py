"""Counting within another query."""

from django.db import models


class Number(models.Subquery):
    """How many rows a query has; of one that is cut off, no more than that."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = models.IntegerField()

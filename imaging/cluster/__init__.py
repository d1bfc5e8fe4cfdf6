"""django-q2's cluster, made to survive the death of any of its processes."""

"""Icons and line drawings, put into the page as inline SVG."""

from functools import cache

from django import template
from django.template.loader import render_to_string

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> str:
    """Return the drawing `templates/icons/<name>.svg`.

    It is hidden from screen readers: the words stand beside it or on its button.
    """
    return render_to_string(f"icons/{name}.svg")

"""Django's admin, with a site of our own."""

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    default_site = "imaging.console.site.Console"

"""`manage.py makemessages`, which also knows our own names for what marks a text."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    xgettext_options = [  # noqa: RUF012
        *makemessages.Command.xgettext_options,
        "--keyword=_t",
        "--keyword=_lazy",
        "--keyword=noop",
    ]

"""What Django is told of this application when it starts."""

from django.apps import AppConfig
from django.conf import settings


class ImagingConfig(AppConfig):
    """Everything that is Darkroom."""

    name = "imaging"

    def ready(self) -> None:
        from imaging import checks  # noqa: F401 - they register themselves
        from imaging.auditing import entering  # noqa: F401 - they register themselves

        if settings.SENTRY_DSN:
            from imaging.reporting import sentry

            sentry.start(settings.SENTRY_DSN)

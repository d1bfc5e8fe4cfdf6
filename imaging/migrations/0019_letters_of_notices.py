"""How often a letter was tried, when it went, and the unread ones found at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imaging", "0018_every_download_has_a_team")]

    operations = [
        migrations.AddField("notice", "mail_tries", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("notice", "mailed", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex(
            "notice",
            models.Index(
                fields=["user"],
                name="unread_notices",
                condition=models.Q(read__isnull=True),
            ),
        ),
    ]

"""Lists of numbers of downloads read one index alone, whatever they group by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imaging", "0020_guests_have_numbers"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="download",
            index=models.Index(
                fields=["team", "at", "link", "guest", "user", "image"],
                name="ranked_downloads",
            ),
        ),
    ]

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    Download = apps.get_model("imaging", "Download")
    Image = apps.get_model("imaging", "Image")
    team = Image.objects.filter(pk=OuterRef("image")).values("team")[:1]
    Download.objects.filter(team=None).update(team=Subquery(team))


class Migration(migrations.Migration):
    dependencies = [("imaging", "0016_deliver")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

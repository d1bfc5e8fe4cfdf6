"""Trash and labels, and names as they are searched."""

import django.db.models.deletion
import imaging.models.fields
from django.conf import settings
from django.db import migrations, models


def fold_names(apps, schema_editor):
    """Fold the names of the images that are there."""
    image = apps.get_model("imaging", "Image")
    batch = []
    for one in image.objects.only("id", "name").iterator(1000):
        one.folded = imaging.models.fields.fold(one.name)[:450]
        batch.append(one)
        if len(batch) == 1000:
            image.objects.bulk_update(batch, ["folded"])
            batch.clear()
    image.objects.bulk_update(batch, ["folded"])


class Migration(migrations.Migration):

    dependencies = [
        ('imaging', '0003_uploads_in_parts'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='image',
            name='newest',
        ),
        migrations.AddField(
            model_name='image',
            name='folded',
            field=imaging.models.fields.FoldedField(default='', editable=False, max_length=450, of='name'),
        ),
        migrations.AddField(
            model_name='image',
            name='label',
            field=models.PositiveSmallIntegerField(choices=[(0, 'No label'), (1, 'Red'), (2, 'Amber'), (3, 'Green'), (4, 'Blue'), (5, 'Violet')], default=0),
        ),
        migrations.AddField(
            model_name='image',
            name='trashed',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='image',
            name='trashed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(models.F('team'), models.OrderBy(models.F('created'), descending=True), models.OrderBy(models.F('id'), descending=True), models.F('folded'), condition=models.Q(('trashed__isnull', True)), name='newest_kept'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(models.F('team'), models.OrderBy(models.F('created'), descending=True), models.OrderBy(models.F('id'), descending=True), models.F('folded'), condition=models.Q(('parent__isnull', True), ('trashed__isnull', True)), name='newest_originals'),
        ),
        migrations.AddIndex(
            model_name='image',
            index=models.Index(condition=models.Q(('trashed__isnull', False)), fields=['trashed'], name='in_trash'),
        ),
        migrations.RunPython(fold_names, migrations.RunPython.noop),
    ]


import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('imaging', '0017_downloads_of_teams'),
    ]

    operations = [
        migrations.AlterField(
            model_name='download',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='downloads', to='imaging.team'),
        ),
    ]

"""The public project ``library`` is there from the start, as in Harbor."""

from django.db import migrations


def make_library(apps, schema_editor):
    project = apps.get_model("accounts", "Project")
    project.objects.using(schema_editor.connection.alias).get_or_create(name="library", defaults={"visibility": "public"})


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(make_library, migrations.RunPython.noop)]

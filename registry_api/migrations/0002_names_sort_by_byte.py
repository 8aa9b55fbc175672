"""Names of repositories and tags sort by byte on every database, as the OCI specification wants.

SQLite does so by itself; PostgreSQL would follow the language of the database.
"""

from django.db import migrations

COLUMNS = (
    ("registry_api_repository", "name", 255),
    ("registry_api_tag", "name", 128),
)


def sort_by_byte(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, column, length in COLUMNS:
        schema_editor.execute(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar({length}) COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [("registry_api", "0001_initial")]

    operations = [migrations.RunPython(sort_by_byte, migrations.RunPython.noop)]

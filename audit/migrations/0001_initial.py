from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AuditLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('op_time', models.DateTimeField(verbose_name='time')),
                ('operation', models.CharField(max_length=50, verbose_name='operation')),
                ('resource_type', models.CharField(max_length=64, verbose_name='kind of resource')),
                ('resource', models.CharField(max_length=1024, verbose_name='resource')),
                ('username', models.CharField(max_length=512, verbose_name='by')),
                ('actor_kind', models.CharField(max_length=16, verbose_name='kind of actor')),
                ('actor_id', models.BigIntegerField(default=0)),
                ('project_id', models.BigIntegerField(null=True)),
                ('project_name', models.CharField(blank=True, max_length=255, verbose_name='project')),
                ('result', models.BooleanField(default=True, verbose_name='allowed')),
                ('source_address', models.CharField(blank=True, max_length=64, verbose_name='from')),
                ('request_id', models.CharField(blank=True, max_length=64, verbose_name='request')),
                ('client', models.CharField(blank=True, max_length=255, verbose_name='client')),
                ('detail', models.JSONField(blank=True, default=dict, verbose_name='detail')),
            ],
            options={
                'verbose_name': 'audit record',
                'verbose_name_plural': 'audit records',
                'indexes': [models.Index(fields=['op_time'], name='audit_by_time'), models.Index(fields=['project_id', 'id'], name='audit_by_project')],
            },
        ),
    ]

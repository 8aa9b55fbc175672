import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(max_length=255, unique=True, verbose_name='user name')),
                ('email', models.EmailField(blank=True, max_length=255, null=True, unique=True, verbose_name='e-mail')),
                ('realname', models.CharField(blank=True, max_length=255, verbose_name='real name')),
                ('comment', models.CharField(blank=True, max_length=30, verbose_name='comment')),
                ('is_sysadmin', models.BooleanField(default=False, verbose_name='system administrator')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('must_change_password', models.BooleanField(default=False, verbose_name='must change the password')),
                ('rights_version', models.IntegerField(default=1, editable=False)),
                ('deleted_at', models.DateTimeField(editable=False, null=True)),
                ('creation_time', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('update_time', models.DateTimeField(auto_now=True, verbose_name='changed')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
            },
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255, unique=True, verbose_name='name')),
                ('visibility', models.CharField(choices=[('public', 'public'), ('private', 'private')], default='private', max_length=16, verbose_name='visibility')),
                ('metadata', models.JSONField(blank=True, default=dict)),
                ('storage_limit', models.BigIntegerField(default=-1, verbose_name='storage limit')),
                ('rights_version', models.IntegerField(default=1, editable=False)),
                ('creation_time', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('update_time', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='owned_projects', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
            ],
            options={
                'verbose_name': 'project',
                'verbose_name_plural': 'projects',
            },
        ),
        migrations.CreateModel(
            name='Robot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('system', 'system'), ('project', 'project')], max_length=8, verbose_name='level')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('description', models.CharField(blank=True, max_length=1024, verbose_name='description')),
                ('secret_hash', models.CharField(editable=False, max_length=128)),
                ('duration', models.IntegerField(default=30, verbose_name='days until it expires')),
                ('expires_at', models.DateTimeField(editable=False, null=True, verbose_name='expires')),
                ('disabled', models.BooleanField(default=False, verbose_name='disabled')),
                ('repository_patterns', models.JSONField(blank=True, default=list, verbose_name='repository patterns')),
                ('creator_kind', models.CharField(editable=False, max_length=16)),
                ('creator_id', models.BigIntegerField(default=0, editable=False)),
                ('creator_name', models.CharField(editable=False, max_length=255, verbose_name='created by')),
                ('rights_version', models.IntegerField(default=1, editable=False)),
                ('creation_time', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('update_time', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('project', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='robots', to='accounts.project', verbose_name='project')),
            ],
            options={
                'verbose_name': 'robot',
                'verbose_name_plural': 'robots',
            },
        ),
        migrations.CreateModel(
            name='RobotPermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('system', 'system'), ('project', 'project')], max_length=8)),
                ('resource', models.CharField(max_length=64)),
                ('action', models.CharField(max_length=32)),
                ('project', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='robot_permissions', to='accounts.project')),
                ('robot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='permissions', to='accounts.robot')),
            ],
        ),
        migrations.CreateModel(
            name='UserGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('group_type', models.PositiveSmallIntegerField(choices=[(0, 'local'), (1, 'LDAP'), (2, 'HTTP'), (3, 'OIDC')], default=0, verbose_name='type')),
                ('ldap_group_dn', models.CharField(blank=True, max_length=512, verbose_name='distinguished name')),
                ('creation_time', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('update_time', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('users', models.ManyToManyField(blank=True, related_name='user_groups', to=settings.AUTH_USER_MODEL, verbose_name='users')),
            ],
            options={
                'verbose_name': 'group',
                'verbose_name_plural': 'groups',
            },
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.PositiveSmallIntegerField(choices=[(1, 'project admin'), (2, 'developer'), (3, 'guest'), (4, 'maintainer'), (5, 'limited guest')], verbose_name='role')),
                ('creation_time', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('update_time', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='accounts.project', verbose_name='project')),
                ('group', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.usergroup', verbose_name='group')),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'members',
            },
        ),
        migrations.AddIndex(
            model_name='project',
            index=models.Index(fields=['visibility', 'name'], name='projects_by_visibility'),
        ),
        migrations.AddIndex(
            model_name='project',
            index=models.Index(fields=['-creation_time', '-id'], name='projects_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='robot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('level', 'system'), ('project__isnull', True)), models.Q(('level', 'project'), ('project__isnull', False)), _connector='OR'), name='robot_level_fits_its_project'),
        ),
        migrations.AddConstraint(
            model_name='robot',
            constraint=models.UniqueConstraint(fields=('project', 'name'), name='one_robot_per_name_and_project'),
        ),
        migrations.AddConstraint(
            model_name='robot',
            constraint=models.UniqueConstraint(condition=models.Q(('project__isnull', True)), fields=('name',), name='one_system_robot_per_name'),
        ),
        migrations.AddConstraint(
            model_name='robotpermission',
            constraint=models.UniqueConstraint(fields=('robot', 'kind', 'project', 'resource', 'action'), name='one_robot_permission_per_project'),
        ),
        migrations.AddConstraint(
            model_name='robotpermission',
            constraint=models.UniqueConstraint(condition=models.Q(('project__isnull', True)), fields=('robot', 'kind', 'resource', 'action'), name='one_robot_permission_everywhere'),
        ),
        migrations.AddConstraint(
            model_name='usergroup',
            constraint=models.UniqueConstraint(fields=('name', 'group_type'), name='one_group_per_name_and_type'),
        ),
        migrations.AddConstraint(
            model_name='usergroup',
            constraint=models.UniqueConstraint(condition=models.Q(('ldap_group_dn', ''), _negated=True), fields=('ldap_group_dn',), name='one_group_per_distinguished_name'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('group__isnull', True), ('user__isnull', False)), models.Q(('group__isnull', False), ('user__isnull', True)), _connector='OR'), name='member_is_a_user_or_a_group'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('user', 'project'), name='one_role_per_user_and_project'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(fields=('group', 'project'), name='one_role_per_group_and_project'),
        ),
    ]

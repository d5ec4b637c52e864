from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ManagementCommand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("service", models.CharField(max_length=8)),
                ("command", models.CharField(max_length=100)),
                ("arguments", models.JSONField(default=list)),
                ("exit_code", models.IntegerField()),
                ("seconds", models.FloatField()),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={"db_table": "sandbox_command", "ordering": ["id"]},
        ),
    ]

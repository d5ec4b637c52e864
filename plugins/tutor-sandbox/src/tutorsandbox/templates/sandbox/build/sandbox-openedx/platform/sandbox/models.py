from django.db import models


class ManagementCommand(models.Model):
    """One call of ./manage.py."""

    service = models.CharField(max_length=8)
    command = models.CharField(max_length=100)
    arguments = models.JSONField(default=list)
    exit_code = models.IntegerField()
    seconds = models.FloatField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "sandbox_command"
        ordering = ["id"]

    def __str__(self):
        return f"{self.service} {self.command}"

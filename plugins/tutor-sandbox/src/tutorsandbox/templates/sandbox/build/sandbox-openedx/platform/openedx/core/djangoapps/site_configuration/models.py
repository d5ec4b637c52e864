from django.contrib.sites.models import Site
from django.db import models


class SiteConfiguration(models.Model):
    """Values that a site has of its own."""

    site = models.OneToOneField(Site, related_name="configuration", on_delete=models.CASCADE)
    enabled = models.BooleanField(default=False)
    site_values = models.JSONField(default=dict, blank=True)

    class Meta:
        app_label = "site_configuration"

    def __str__(self):
        return f"configuration of {self.site}"

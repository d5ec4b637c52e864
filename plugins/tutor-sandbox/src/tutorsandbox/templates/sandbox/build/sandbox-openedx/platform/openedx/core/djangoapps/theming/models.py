from django.contrib.sites.models import Site
from django.db import models


class SiteTheme(models.Model):
    """The theme of a site."""

    site = models.ForeignKey(Site, related_name="themes", on_delete=models.CASCADE)
    theme_dir_name = models.CharField(max_length=255)

    class Meta:
        app_label = "theming"

    def __str__(self):
        return self.theme_dir_name

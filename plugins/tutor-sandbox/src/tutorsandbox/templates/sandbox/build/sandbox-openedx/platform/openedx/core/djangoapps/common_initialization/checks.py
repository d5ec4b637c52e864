"""What has to be set before any command of the platform runs."""

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.compatibility)
def validate_settings(app_configs, **kwargs):
    if getattr(settings, "LMS_ROOT_URL", None):
        return []
    return [
        checks.Error(
            "LMS_ROOT_URL is not defined.",
            hint="Ensure that settings.LMS_ROOT_URL is defined.",
            id="common_initialization.E001",
        )
    ]

from django.apps import AppConfig


class CommonInitializationConfig(AppConfig):
    name = "openedx.core.djangoapps.common_initialization"

    def ready(self):
        from openedx.core.djangoapps.common_initialization import checks  # noqa: F401 (it registers them)

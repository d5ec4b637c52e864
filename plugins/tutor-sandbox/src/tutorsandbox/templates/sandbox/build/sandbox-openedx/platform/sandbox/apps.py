from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from django.core.management import get_commands

        from sandbox.accepted import AcceptedCommand, names
        from sandbox.journal import record_commands

        # Django takes an instance in this table as a command that is loaded already.
        commands = get_commands()
        for name in names():
            commands.setdefault(name, AcceptedCommand(name))
        record_commands()

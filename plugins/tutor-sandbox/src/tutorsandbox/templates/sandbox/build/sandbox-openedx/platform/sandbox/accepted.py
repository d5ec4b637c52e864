"""Management commands of the real platform that succeed here without doing anything."""

from pathlib import Path

from django.core.management.base import BaseCommand

from sandbox.journal import recorded

LIST = Path(__file__).with_name("accepted.txt")


def names():
    lines = LIST.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


class AcceptedCommand(BaseCommand):
    """Takes any arguments, says so, and leaves the record to the journal."""

    help = "Accepted by the sandbox, which records the call and does nothing else."
    requires_system_checks = []

    def __init__(self, name):
        super().__init__()
        self.name = name

    def run_from_argv(self, argv):
        with recorded(argv):
            self.execute(*argv[2:])

    def add_arguments(self, parser):
        parser.add_argument("arguments", nargs="*")

    def execute(self, *args, **options):
        return self.handle(*args, **options)

    def handle(self, *args, **options):
        self.stdout.write(f"sandbox: {self.name} accepted and recorded")

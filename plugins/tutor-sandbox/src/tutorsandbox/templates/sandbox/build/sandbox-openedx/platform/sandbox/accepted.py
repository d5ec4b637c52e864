"""Management commands of the real platform that succeed here without doing anything."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from sandbox.journal import recorded

LIST = Path(__file__).with_name("commands.txt")
REMOVED = {"action": "store_true", "help": "(Removed) It has no effect any more."}
SWITCH = {"action": "store_true"}
#: What deployments give to commands: as on the real platform, anything else is refused.
ARGUMENTS = {
    "compilejsi18n": {"--locale": {}},
    "create_dot_application": {
        "--grant-type": {
            "choices": ["authorization-code", "implicit", "password", "client-credentials"],
            "default": "client-credentials",
        },
        "--redirect-uris": {"default": ""},
        "--client-id": {},
        "--client-secret": {},
        "--scopes": {},
        "--public": SWITCH,
        "--skip-authorization": SWITCH,
        "--update": SWITCH,
        "name": {},
        "username": {},
    },
    "import": {"data_directory": {}, "course_dirs": {"nargs": "*"}, "--nostatic": SWITCH, "--nopythonlib": SWITCH},
    "import_content_library": {"library_archive": {}, "owner_username": {}},
    "load_policies": {"--policy-file-path": {}, "--model-file-path": {}, "--clear-existing": SWITCH},
    "reindex_course": {
        "course_ids": {"nargs": "*"},
        "--active": SWITCH,
        "--all": SWITCH,
        "--setup": SWITCH,
        "--from_inclusive_date": {},
        "--warning": {},
    },
    "reindex_library": {"library_ids": {"nargs": "*"}, "--all": SWITCH},
    "reindex_studio": {"--experimental": REMOVED, "--init": REMOVED},
}


def names():
    lines = LIST.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


class AcceptedCommand(BaseCommand):
    """Takes the arguments of the real one, where they are known, and leaves the record to the journal."""

    help = "Accepted by the sandbox, which records the call and does nothing else."

    def __init__(self, name):
        super().__init__()
        self.name = name

    def run_from_argv(self, argv):
        if self.name in ARGUMENTS:
            super().run_from_argv(argv)  # which is recorded, as all others
            return
        with recorded(argv):
            self.check()
            self.handle()

    def add_arguments(self, parser):
        for name, options in ARGUMENTS.get(self.name, {}).items():
            parser.add_argument(name, **options)

    def handle(self, *args, **options):
        given = ARGUMENTS.get(self.name, {})
        removed = [name for name, what in given.items() if what is REMOVED and options.get(name[2:])]
        if removed:
            raise CommandError(f"{removed[0]} has been removed")
        self.stdout.write(f"sandbox: {self.name} accepted and recorded")

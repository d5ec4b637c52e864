#!/usr/bin/env python3
"""./manage.py lms|cms [--settings=MODULE] COMMAND [ARGUMENT...], as on the real platform."""

import os
import sys

USAGE = "usage: manage.py lms|cms [--settings=MODULE] COMMAND [ARGUMENT...]"


def main(argv):
    if len(argv) < 2 or argv[1] not in ("lms", "cms"):
        sys.exit(USAGE)
    service, arguments = argv[1], argv[2:]
    os.environ["SERVICE_VARIANT"] = service
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module(service, arguments)

    from django.core.management import execute_from_command_line

    execute_from_command_line([argv[0], *arguments])


def settings_module(service, arguments):
    """Take --settings out of the arguments; without it, the environment chooses, for the service that was asked for."""
    for position, argument in enumerate(arguments):
        if argument == "--settings" and position + 1 < len(arguments):
            name = arguments[position + 1]
            del arguments[position : position + 2]
            return name if name.startswith(("lms.", "cms.")) else f"{service}.envs.{name}"
        if argument.startswith("--settings="):
            name = argument.partition("=")[2]
            del arguments[position]
            return name if name.startswith(("lms.", "cms.")) else f"{service}.envs.{name}"
    module = os.environ.get("DJANGO_SETTINGS_MODULE") or f"{service}.envs.production"
    return f"{service}.{module.partition('.')[2]}"


if __name__ == "__main__":
    main(sys.argv)

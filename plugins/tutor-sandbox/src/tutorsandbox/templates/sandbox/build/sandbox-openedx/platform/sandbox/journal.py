"""Runs management commands and writes each call to the database, so that it can be seen what a deployment did."""

import re
import sys
from time import monotonic

SECRET = re.compile(r"passw|secret|token|key", re.IGNORECASE)


def run_recorded(service, arguments):
    """Run a management command, record it, and exit as it does."""
    from django.core.management import execute_from_command_line

    started = monotonic()
    code = 1
    try:
        execute_from_command_line(["manage.py", *arguments])
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        raise
    finally:
        record(service, arguments, code, monotonic() - started)


def record(service, arguments, code, seconds):
    """Add a row; before the first migration there is no table, and that is fine."""
    from django.db import DatabaseError, transaction

    try:
        from sandbox.models import ManagementCommand

        with transaction.atomic():
            ManagementCommand.objects.create(
                service=service,
                command=arguments[0] if arguments else "",
                arguments=without_secrets(arguments[1:]),
                exit_code=code,
                seconds=round(seconds, 3),
            )
    except DatabaseError:
        pass
    except Exception as error:  # the command's own outcome is what counts
        print(f"sandbox: this command was not recorded: {error}", file=sys.stderr)


def without_secrets(arguments):
    """Mask the values of options whose name speaks of a secret."""
    masked = []
    for position, argument in enumerate(arguments):
        option, equals, _ = argument.partition("=")
        previous = arguments[position - 1] if position else ""
        if equals and option.startswith("--") and SECRET.search(option):
            masked.append(f"{option}=***")
        elif previous.startswith("--") and "=" not in previous and SECRET.search(previous):
            masked.append("***")
        else:
            masked.append(argument)
    return masked

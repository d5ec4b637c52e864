"""Runs management commands and writes each call to the database, so that it can be seen what a deployment did."""

import os
import re
import sys
from contextlib import contextmanager
from time import monotonic

SECRET = re.compile(r"passw|secret|token|key", re.IGNORECASE)


def record_commands():
    """From now on, every command that is run as from a command line is recorded, also by other commands."""
    from django.core.management.base import BaseCommand

    run = BaseCommand.run_from_argv

    def run_from_argv(self, argv):
        with recorded(argv):
            run(self, argv)

    BaseCommand.run_from_argv = run_from_argv


@contextmanager
def recorded(argv):
    """Record a command that runs in the block, however it ends."""
    started = monotonic()
    code = 1
    try:
        yield
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        raise
    finally:
        record(os.environ.get("SERVICE_VARIANT", "lms"), argv[1:], code, monotonic() - started)


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

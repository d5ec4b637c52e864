"""Test suites of the running platform: which there are, what they get, what is there for them alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any

from tutor.config.userfile import nearest
from tutor.env.failures import Text
from tutor.exceptions import TaskError
from tutor.hooks import Filters
from tutor.jobs.scripts import python_script
from tutor.jobs.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tutor.core.hooks import Origin
    from tutor.project import Project

#: What `setup` needs, and `cleanup` takes away again.
IDENTITY = ("TEST_USERNAME", "TEST_EMAIL", "TEST_PASSWORD", "OAUTH2_CLIENT_ID", "OAUTH2_CLIENT_SECRET")
#: The course that a suite makes, when it says so: it is deleted, too.
COURSE = "TEST_COURSE_ID"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SETUP = """
import os
import sys

from django.contrib.auth import get_user_model
from django.core.management import ManagementUtility


def manage(command, *arguments):
    argv = ["manage.py", command, *arguments]
    ManagementUtility(argv).fetch_command(command).run_from_argv(argv)


name, email = os.environ["TEST_USERNAME"], os.environ["TEST_EMAIL"]
if get_user_model().objects.filter(username=name).exclude(email=email).exists():
    sys.exit(f"There is a user {name} with another address: choose another TEST_USERNAME")
manage("manage_user", name, email, "--superuser", "--staff")
user = get_user_model().objects.get(username=name)
user.set_password(os.environ["TEST_PASSWORD"])
user.save()
client = os.environ["OAUTH2_CLIENT_ID"]
manage(
    "create_dot_application",
    "--grant-type", "client-credentials",
    "--client-id", client,
    "--client-secret", os.environ["OAUTH2_CLIENT_SECRET"],
    "--skip-authorization",
    "--update",
    client, name,
)
"""
_CLEANUP = """
import os

from django.apps import apps
from django.contrib.auth import get_user_model

client = os.environ.get("OAUTH2_CLIENT_ID")
if client and apps.is_installed("oauth2_provider"):
    from oauth2_provider.models import get_application_model

    get_application_model().objects.filter(client_id=client).delete()
name, email = os.environ["TEST_USERNAME"], os.environ["TEST_EMAIL"]
get_user_model().objects.filter(username=name, email=email).delete()
print(f"Deleted user {name}")
"""


@dataclass(frozen=True, slots=True)
class Suite:
    """A test suite that a plugin registered.

    Args:
        name: of the suite.
        service: in whose job container it runs.
        script: for ``sh``, a template.
        origin: who registered it.
    """

    name: str
    service: str
    script: str
    origin: Origin


def suites() -> list[Suite]:
    """Every suite that enabled plugins registered, in order.

    Raises:
        PluginError: a plugin registered something else.
    """
    return [Suite(*item, origin) for item, origin in Filters.TESTS.collect()]


def chosen(name: str | None, limit: str | None) -> list[Suite]:
    """Suites of a name, and of a plugin or a service.

    Raises:
        TaskError: there is none.
    """
    known = suites()
    if not known:
        raise TaskError(
            "There are no tests: no enabled plugin brings any",
            where="filter TESTS",
            hint="tutor plugins list",
        )
    found = [s for s in known if name in (None, s.name) and limit in (None, s.service, s.origin.plugin)]
    if found:
        return found
    names = [s.name for s in known] if name else [s.origin.plugin or s.service for s in known]
    near = nearest(name or limit or "", names)
    raise TaskError(
        f"There is no test suite {name or ''}".rstrip()
        + (f" of {limit}" if limit else "")
        + (f"; did you mean {near}?" if near and near not in (name, limit) else ""),
        where="command line",
        hint=f"there are: {', '.join(f'{s.name} ({s.origin.plugin}, {s.service})' for s in known)}",
    )


def variables(file: Path | None, pairs: Mapping[str, str]) -> dict[str, str]:
    """Variables of the tests: those of a YAML file, then others.

    Raises:
        TaskError: the file is not a mapping of names to plain values.
    """
    import yaml

    from tutor import serialize

    values: Any = {}
    if file is not None:
        try:
            values = serialize.load(file.read_text())
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise _wrong_file(file, str(error).splitlines()[0]) from None
        values = {} if values is None else values
        if not isinstance(values, dict):
            raise _wrong_file(file, "it is no mapping")
    for key, value in values.items():
        if not _VARIABLE.fullmatch(str(key)) or isinstance(value, (list, dict)):
            raise _wrong_file(file, f"{key} is not a plain variable")
    texts = {str(key): _text(value) for key, value in values.items()}
    return {**texts, **pairs}


def test_task(project: Project, suite: Suite, values: Mapping[str, str]) -> Task:
    """A suite as a task, with its variables.

    Raises:
        RenderError: the script is not a right template.
    """
    label = f"{suite.origin.plugin or 'core'}/{suite.name}"
    text = Text(f"<test {label}>", suite.script, suite.origin, f"test {label}")
    script = project.renderer.render_text(suite.script, text)
    return Task(label, suite.service, exported(values) + script, suite.origin)


def setup_script(values: Mapping[str, str]) -> str:
    """Create the administrator and the OAuth2 client of the tests, for the LMS.

    Raises:
        TaskError: variables are missing.
    """
    missing = [name for name in IDENTITY if not values.get(name)]
    if missing:
        raise TaskError(
            f"--setup needs {', '.join(missing)}",
            where="option --setup",
            hint=" ".join(f"-e {name}=VALUE" for name in missing),
        )
    return exported(values) + python_script(_SETUP)


def cleanup_scripts(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Delete what `setup_script` created, and the course that the tests made."""
    scripts = []
    if values.get(COURSE):
        course = quote(values[COURSE])
        scripts.append(("cms", f"./manage.py cms delete_course --force-skip-prompt {course} </dev/null\n"))
    if values.get("TEST_USERNAME") and values.get("TEST_EMAIL"):
        scripts.append(("lms", exported(values) + python_script(_CLEANUP)))
    return scripts


def leftovers(values: Mapping[str, str]) -> list[str]:
    """What `cleanup_scripts` deletes, in words."""
    found = []
    if values.get(COURSE):
        found.append(f"course {values[COURSE]}")
    if values.get("TEST_USERNAME") and values.get("TEST_EMAIL"):
        found.append(f"user {values['TEST_USERNAME']}")
        if values.get("OAUTH2_CLIENT_ID"):
            found.append(f"OAuth2 client {values['OAUTH2_CLIENT_ID']}")
    return found


def exported(values: Mapping[str, str]) -> str:
    """Commands that set variables: in a script, not on a command line, where everybody could read them."""
    return "".join(f"export {name}={quote(value)}\n" for name, value in values.items())


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wrong_file(file: Path | None, reason: str) -> TaskError:
    return TaskError(
        f"The file of variables cannot be used: {reason}",
        where=str(file),
        hint="write one variable a line: NAME: value",
    )

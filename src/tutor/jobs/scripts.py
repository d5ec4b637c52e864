"""Scripts of the jobs that work on LMS and CMS: (service, script) pairs. What is inserted is quoted."""

from __future__ import annotations

import textwrap
from shlex import quote
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Script: TypeAlias = tuple[str, str]

#: What `print_setting` puts before each line of the answer: the platform prints other things, too.
ANSWER = "\x02"
#: The theme that stands for none.
NO_THEME = "default"
DEMO_REPOSITORY = "https://github.com/openedx/openedx-demo-course"

_FETCH = """
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "Fetching version "{version}" of "{repository}"..."
git init --quiet "$work/repository"
git -C "$work/repository" fetch --quiet --depth=1 -- {repository} {version}
git -C "$work/repository" checkout --quiet FETCH_HEAD
"""
_COURSE = """
course="$work/repository"/{folder}
if [ -z {folder} ]; then
    # What Studio exports has another file of this name in it.
    found=$(find "$work/repository" -name course.xml -type f | while IFS= read -r path; do
        [ -f "$(dirname "$path")/../course.xml" ] || printf '%s\\n' "$path"
    done)
    if [ "$(printf '%s\\n' "$found" | grep -c .)" != 1 ]; then
        echo "The repository has no course, or several. Name its folder with --repo-dir:" >&2
        printf '%s\\n' "${{found#"$work/repository/"}}" >&2
        exit 1
    fi
    course=$(dirname "$found")
elif [ ! -f "$course/course.xml" ]; then
    echo "There is no course in folder "{folder}" of the repository: it has no course.xml" >&2
    exit 1
fi
./manage.py cms import "$(dirname "$course")" "$(basename "$course")"
./manage.py cms reindex_course --all --setup
"""
_LIBRARIES = """
find "$work/repository" -name library.xml -type f > "$work/found"
if [ ! -s "$work/found" ]; then
    echo "The repository has no library: there is no library.xml in it" >&2
    exit 1
fi
while IFS= read -r path; do
    # The platform reads archives that have one folder of this name.
    rm -rf "$work/new"
    mkdir "$work/new"
    cp -R "$(dirname "$path")" "$work/new/library"
    tar -C "$work/new" -czf "$work/library.tar.gz" library
    ./manage.py cms import_content_library "$work/library.tar.gz" {owner}
done < "$work/found"
"""
_LOGIN = """
import os

from django.contrib.auth import get_user_model

user = get_user_model().objects.get(username=USERNAME)
user.set_password(os.environ["NEW_PASSWORD"])
user.save()
"""
_THEME = """
import os
import sys

from django.conf import settings
from django.contrib.sites.models import Site

folders = [str(folder) for folder in settings.COMPREHENSIVE_THEME_DIRS if os.path.isdir(folder)]
themes = sorted(n for f in folders for n in os.listdir(f) if os.path.isdir(os.path.join(f, n)))
if THEME and THEME not in themes:
    sys.exit(f"The image has no theme {THEME}. Its themes are: {', '.join(themes) or 'none'}")
for domain in DOMAINS:
    site, _ = Site.objects.get_or_create(domain=domain, defaults={"name": domain[:50]})
    site.themes.all().delete()
    if THEME:
        site.themes.create(theme_dir_name=THEME)
    print(f"{domain}: {THEME or 'no theme'}")
"""
_SETTING = """
import sys

from django.conf import settings

if not hasattr(settings, NAME):
    sys.exit(f"There is no setting {NAME}")
for line in str(getattr(settings, NAME)).split("\\n"):
    print(ANSWER + line)
"""


def create_user(
    username: str, email: str, password: str, *, superuser: bool = False, staff: bool = False
) -> list[Script]:
    """Create a user, or change the rights and the password of one that exists.

    The password reaches the platform in a variable: command lines, also those in containers, can be read by
    everybody on the machine.
    """
    options = [flag for flag, wanted in (("--superuser", superuser), ("--staff", staff)) if wanted]
    command = " ".join(["./manage.py lms manage_user", *options, "--", quote(username), quote(email)])
    script = f"NEW_PASSWORD={quote(password)}\nexport NEW_PASSWORD\n{command}\n"
    return [("lms", script + python_script(_LOGIN, USERNAME=username))]


def import_demo_course(repository: str, version: str, folder: str = "") -> list[Script]:
    """Import a course from a repository.

    Args:
        repository: address.
        version: branch, tag or commit.
        folder: the course's in the repository; empty: the one that has a ``course.xml``.
    """
    return [("cms", _fetched(repository, version) + _COURSE.format(folder=quote(folder)))]


def import_demo_libraries(repository: str, version: str, owner: str) -> list[Script]:
    """Import all libraries of a repository; ``owner`` is the name of a user."""
    return [("cms", _fetched(repository, version) + _LIBRARIES.format(owner=quote(owner)))]


def set_theme(theme: str, domains: Sequence[str]) -> list[Script]:
    """Give a theme to sites; ``default`` takes it away."""
    theme = "" if theme == NO_THEME else theme
    return [("lms", python_script(_THEME, THEME=theme, DOMAINS=list(domains)))]


def print_setting(name: str, service: str = "lms") -> list[Script]:
    """Print a Django setting of a service, each line behind `ANSWER`."""
    return [(service, python_script(_SETTING, service, NAME=name, ANSWER=ANSWER))]


def read_answer(lines: Iterable[str]) -> str:
    """What `print_setting` printed, from all lines of its output."""
    return "\n".join(line.partition(ANSWER)[2] for line in lines if line.startswith(ANSWER))


def _fetched(repository: str, version: str) -> str:
    return _FETCH.format(repository=quote(repository), version=quote(version))


def python_script(code: str, service: str = "lms", **values: object) -> str:
    """A command that runs Python code on the platform, with values as variables."""
    lines = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    return f"./manage.py {service} shell -c {quote(lines + textwrap.dedent(code))}\n"

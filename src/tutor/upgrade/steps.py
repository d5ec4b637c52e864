"""The steps of an upgrade, as data. Each does no harm where it has nothing to do, and when it runs again.

They are made from what MySQL, MongoDB, Meilisearch and Open edX say about their releases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.upgrade import scripts
from tutor.upgrade.releases import RELEASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutor.jobs.scripts import Script
    from tutor.project import Project


@dataclass(frozen=True, slots=True)
class Step:
    """A step.

    Args:
        name: identity, for notes about what has finished.
        title: what it does, in a few words.
        why: the reason.
        what: what runs, in words: scripts may hold passwords.
        until: the last release whose data needs it.
        scripts: from the project to (service, script); none where its settings make it needless.
    """

    name: str
    title: str
    why: str
    what: str
    until: str
    scripts: Callable[[Project], list[Script]]


STEPS = (
    Step(
        "search-files",
        "Put the files of another version of Meilisearch aside",
        "Meilisearch does not start on files of another version. What is in them is made anew later.",
        "data.ms is renamed to data.ms.old, where its file VERSION names another version",
        "ulmo",
        scripts.put_search_files_aside,
    ),
    Step(
        "mysql-tables",
        "Check the tables of MySQL",
        "MySQL 8.4 brings files of 8.0 and 8.1 up to date when it starts. What it cannot read is found here.",
        "mysqlcheck --check-upgrade on all databases",
        "redwood",
        scripts.check_tables,
    ),
    Step(
        "mysql-users",
        "Let users of MySQL log in by caching_sha2_password",
        "In MySQL 8.4 the old way, mysql_native_password, is off unless asked for. MySQL 9 does not have it.",
        "ALTER USER for the users that the settings know, where they still log in the old way",
        "ulmo",
        scripts.update_users,
    ),
    Step(
        "mysql-charset",
        "Convert tables to utf8mb4",
        "Older databases have the character set utf8mb3, which has no emojis and which MySQL will remove.",
        "ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4 for the tables that have another one",
        "ulmo",
        scripts.convert_tables,
    ),
    Step(
        "mongodb-version",
        "Let MongoDB use the features of its version",
        "MongoDB goes on as the version before until it is told otherwise. The next one does not start then.",
        "setFeatureCompatibilityVersion, where it is older than the server",
        "ulmo",
        scripts.raise_mongodb_version,
    ),
    Step(
        "init",
        "Migrate the databases of LMS and CMS",
        "Tables have to look as the new code expects, before anything else of it runs.",
        "the core's tasks of the job init: migrations, keys and indexes of the search engine",
        "ulmo",
        scripts.initialise,
    ),
    Step(
        "forum",
        "Move discussions from MongoDB to MySQL",
        "Since Teak the forum is part of the LMS and keeps its posts in MySQL; its own service is gone.",
        "manage.py lms forum_migrate_course_from_mongodb_to_mysql all, where there is that command",
        "teak",
        scripts.migrate_forum,
    ),
    Step(
        "search",
        "Index all courses",
        "Meilisearch has taken the place of Elasticsearch, and its files of before may have been put aside.",
        "manage.py cms reindex_course --all --setup",
        "ulmo",
        scripts.fill_search,
    ),
    Step(
        "caches",
        "Empty the caches of LMS and CMS",
        "Objects in them were written by older versions of Django and Python, which new code may not read.",
        "clear() of every cache in the settings",
        "ulmo",
        scripts.empty_caches,
    ),
)


def steps_from(release: str) -> list[Step]:
    """The steps from a release to this one, in order."""
    start = RELEASES.index(release)
    return [step for step in STEPS if start <= RELEASES.index(step.until)]

echo "CMS: migrating the database..."
./manage.py cms migrate --noinput

echo "CMS: loading what roles permit, creating the indexes of the search engine that are missing..."
./manage.py cms shell -c '
from importlib.util import find_spec

from django.conf import settings
from django.core.management import ManagementUtility, get_commands

utility = ManagementUtility(["manage.py"])


def manage(name, *arguments):
    """Run a management command in this process."""
    utility.fetch_command(name).run_from_argv(["manage.py", name, *arguments])


def ensure_studio_index():
    """Create the index of Studio, or leave it alone."""
    parser = utility.fetch_command("reindex_studio").create_parser("manage.py", "reindex_studio")
    # Releases differ in which of these they know, and some that they know they refuse.
    helps = {option: action.help or "" for action in parser._actions for option in action.option_strings}
    known = [option for option in ("--experimental", "--init") if option in helps]
    manage("reindex_studio", *(option for option in known if "removed" not in helps[option].lower()))


def ensure_courses_index():
    """Index courses that were there before the search engine was, or before it lost what it had."""
    from search.search_engine_base import SearchEngine

    if not SearchEngine.get_search_engine("courseware_content").search(size=1)["total"]:
        manage("reindex_course", "--active")


if "load_policies" in get_commands():  # without it, no role in libraries and courses permits anything
    manage("load_policies")
if settings.SEARCH_ENGINE == "search.meilisearch.MeilisearchEngine" and find_spec("search"):
    from search.meilisearch import create_indexes

    create_indexes()
    ensure_courses_index()
ensure_studio_index()
'

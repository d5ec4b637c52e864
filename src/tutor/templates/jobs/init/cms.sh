echo "CMS: migrating the database..."
./manage.py cms migrate --noinput

echo "CMS: creating the indexes of the search engine that are missing..."
./manage.py cms shell -c '
from importlib.util import find_spec

from django.conf import settings
from django.core.management import ManagementUtility

if settings.SEARCH_ENGINE == "search.meilisearch.MeilisearchEngine" and find_spec("search"):
    from search.meilisearch import create_indexes

    create_indexes()

utility = ManagementUtility(["manage.py"])
command = utility.fetch_command("reindex_studio")
# Releases differ in which of these they know; --init leaves an index that exists alone.
known = command.create_parser("manage.py", "reindex_studio").format_help()
options = [option for option in ("--experimental", "--init") if option in known]
command.run_from_argv(["manage.py", "reindex_studio", *options])
'

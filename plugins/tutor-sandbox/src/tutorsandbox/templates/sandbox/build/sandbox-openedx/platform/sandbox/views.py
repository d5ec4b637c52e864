"""The page, the same as JSON, and the heartbeat."""

import os
import re
import uuid
from html import escape
from string import Template

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse

SECRET = re.compile(r"PASSW|SECRET|TOKEN|KEY|PRIVATE")

PAGE = Template("""\
<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1d2433 }
h1 { margin-bottom: 0 }
p { color: #5b6475 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #dde1e8; vertical-align: top }
th { font-weight: 600; width: 40% }
td { overflow-wrap: anywhere }
</style>
</head>
<body>
<h1>$title</h1>
<p>Sandbox: a stand-in for Open edX, run by Tutor</p>
<h2>Platform</h2>
<table>
$platform
</table>
<h2>Settings of the plugins</h2>
$plugins
</body>
</html>
""")


@transaction.non_atomic_requests
def index(request):
    shown = facts()
    platform = {
        "Platform name": shown["platform_name"],
        "Service": shown["service"],
        "Language": shown["language"],
        "Address": shown["address"],
    }
    plugins = rows(shown["settings"])
    page = PAGE.substitute(
        title=escape(str(shown["platform_name"])),
        language=escape(str(shown["language"])),
        platform=rows(platform),
        plugins=f"<table>\n{plugins}\n</table>" if plugins else "<p>None of the enabled plugins has any.</p>",
    )
    return HttpResponse(page)


@transaction.non_atomic_requests
def as_json(request):
    return JsonResponse(facts(), json_dumps_params={"default": str, "indent": 1})


def facts():
    service = os.environ.get("SERVICE_VARIANT", "lms")
    return {
        "platform_name": settings.PLATFORM_NAME,
        "service": service,
        "language": settings.LANGUAGE_CODE,
        "address": getattr(settings, "LMS_ROOT_URL" if service == "lms" else "CMS_ROOT_URL", ""),
        "settings": plugin_settings(),
    }


def plugin_settings():
    """The settings named after an enabled plugin, and those that SANDBOX_SHOW_SETTINGS asks for."""
    prefixes = tuple(name.upper().replace("-", "_") + "_" for name in settings.SANDBOX_PLUGINS)
    internal = {"SANDBOX_PLUGINS", "SANDBOX_SHOW_SETTINGS"}
    return {
        name: "(not shown)" if SECRET.search(name) else getattr(settings, name)
        for name in sorted(dir(settings))
        if name.isupper()
        and name not in internal
        and (name.startswith(prefixes) or name in settings.SANDBOX_SHOW_SETTINGS)
    }


def rows(values):
    cells = (
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in values.items()
    )
    return "\n".join(cells)


@transaction.non_atomic_requests
def heartbeat(request):
    """200 when database and cache answer, 503 with the reason when one of them does not."""
    checks = {name: outcome(check) for name, check in (("sql", check_database), ("cache", check_cache))}
    healthy = all(check["status"] for check in checks.values())
    return JsonResponse(checks, status=200 if healthy else 503)


def outcome(check):
    try:
        check()
    except Exception as error:  # whatever it is, the heartbeat reports it
        return {"status": False, "message": str(error)}
    return {"status": True, "message": "OK"}


def check_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def check_cache():
    # The platform's settings make the cache swallow its errors: only what comes back tells that it works.
    key = f"heartbeat-{uuid.uuid4()}"
    cache.set(key, "ok", 10)
    if cache.get(key) != "ok":
        raise RuntimeError("the cache does not give back what it was given")

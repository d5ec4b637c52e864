# Code that is mounted hides what the image has made in its own: packages of Node, styles and scripts.
if grep -q " $PWD " /proc/self/mounts; then
    if [ ! -w . ]; then
        echo "Warning: the folder of the code is not writable for user $(id -u): packages of Node, styles and scripts that" \
            "it lacks are not made. To change that: chown -R $(id -u) FOLDER, then run this task again."
    else
        if [ ! -f node_modules/.package-lock.json ]; then
            echo "The code of the platform has no packages of Node: installing them takes some minutes..."
            npm clean-install --no-audit --no-fund --registry={{ NPM_REGISTRY|shell_quote }}
        fi
        if [ ! -d common/static/bundles ] || [ ! -d lms/static/css ] || [ ! -d cms/static/css ]; then
            echo "The code of the platform has no styles or scripts: making them takes some minutes..."
            npm run build-dev
        fi
    fi
fi
echo "LMS: migrating the database..."
./manage.py lms migrate --noinput

# One process for all the rest: starting the platform is what takes the time. The secret comes from the environment.
echo "LMS: creating sites and the application that logs users in at the CMS..."
./manage.py lms shell -c '
import os
from django.apps import apps
from django.conf import settings
from django.core.management import ManagementUtility, get_commands

LMS_HOST = {{ LMS_HOST|tojson }}
CMS_HOST = {{ CMS_HOST|tojson }}


def manage(name, *arguments):
    """Run a management command in this process."""
    argv = ["manage.py", name, *arguments]
    ManagementUtility(argv).fetch_command(name).run_from_argv(argv)


def ensure_sites():
    """Name the site of SITE_ID after the LMS, and have one for every other address, to which a theme may be given."""
    from django.contrib.sites.models import Site

    main = Site.objects.filter(pk=settings.SITE_ID).first()
    if main is None or main.name == main.domain[:50]:  # not one that somebody gave a name of its own
        for other in Site.objects.filter(domain=LMS_HOST).exclude(pk=settings.SITE_ID):
            other.domain = f"site-{other.pk}.{LMS_HOST}"
            other.save()
        Site.objects.update_or_create(pk=settings.SITE_ID, defaults={"domain": LMS_HOST, "name": LMS_HOST[:50]})
    for domain in [LMS_HOST, LMS_HOST + ":8000", CMS_HOST, CMS_HOST + ":8001"]:
        Site.objects.get_or_create(domain=domain, defaults={"name": domain[:50]})


def ensure_cms_login():
    """Register the CMS, in production and in development, as an application that logs in at the LMS."""
    manage("manage_user", "cms", "cms@openedx", "--unusable-password")
    for client, root in [
        ({{ CMS_OAUTH2_KEY_SSO|tojson }}, "{{ "https" if ENABLE_HTTPS else "http" }}://" + CMS_HOST),
        ({{ CMS_OAUTH2_KEY_SSO_DEV|tojson }}, "http://" + CMS_HOST + ":8001"),
    ]:
        manage(
            "create_dot_application",
            "--grant-type", "authorization-code",
            "--redirect-uris", root + "/complete/edx-oauth2/",
            "--client-id", client,
            "--client-secret", os.environ["CMS_OAUTH2_SECRET"],
            "--scopes", "user_id",
            "--skip-authorization",
            "--update",
            client, "cms",
        )


def ensure_switches():
    from waffle.models import Switch

    # Without it, what learners complete is not recorded.
    Switch.objects.get_or_create(name="completion.enable_completion_tracking", defaults={"active": True})


if apps.is_installed("django.contrib.sites"):
    ensure_sites()
if apps.is_installed("waffle"):
    ensure_switches()
ensure_cms_login()
if "load_policies" in get_commands():  # without it, no role in libraries and courses permits anything
    manage("load_policies")
'

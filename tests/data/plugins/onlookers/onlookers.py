"""Functions of filters see what the core contributes, and may change it and take it away."""

from tutor import hooks

LOW = hooks.priorities.LOW


@hooks.Filters.CONFIG_DEFAULTS.add(priority=LOW)
def defaults(items):
    """Change one default, take one away, and tell of another."""
    found = dict(items)
    image = found["DOCKER_IMAGE_OPENEDX"]
    return [
        *items,
        ("DOCKER_IMAGE_OPENEDX", f"{image}-seen"),
        ("ONLOOKERS_NAME", "x" + found["PLATFORM_NAME"]),
    ]


@hooks.Filters.CONFIG_UNIQUE.add()
def unique(items):
    """Tell whether the core's are there."""
    return [
        *items,
        ("ONLOOKERS_SECRETS", ",".join(sorted({"ID", "OPENEDX_SECRET_KEY", "NOPE"} & set(dict(items))))),
    ]


@hooks.Filters.IMAGES_BUILD.add()
def builds(items, config):
    """Build the platform's image with an argument more, without its development; use settings."""
    kept = [item for item in items if item[0] != "openedx-dev"]
    return [
        *[
            (n, p, t, (*a, f"--build-arg=HOST={config['LMS_HOST']}") if n == "openedx" else a)
            for n, p, t, a in kept
        ],
        ("onlookers", ("plugins", "onlookers"), f"onlookers:{config['CMS_HOST']}", ()),
    ]


@hooks.Filters.IMAGES_PULL.add()
def pulls(items, config):
    """Never pull the mail relay."""
    return [item for item in items if item[0] != "smtp"]


@hooks.Filters.IMAGES_PUSH.add()
def pushes(items, config):
    """Push everything twice."""
    return [*items, *[(name, f"{tag}-again") for name, tag in items if name == "openedx"]]


@hooks.Filters.IMAGES_BUILD_REQUIRED.add()
def required(items, place):
    """Not for development."""
    return [item for item in items if item != "openedx-dev"] + [f"onlookers-{place}"]


@hooks.Filters.APP_PUBLIC_HOSTS.add()
def hosts(items, place):
    """One for each of the core's."""
    return [*items, f"{len(items)}.{place}.example.com"]


@hooks.Filters.COMPOSE_MOUNTS.add()
def mounts(items, name):
    """Elsewhere, too."""
    return [*items, *[(service, f"/elsewhere{path}") for service, path in items if service == "openedx"]]


@hooks.Filters.MOUNTED_DIRECTORIES.add(priority=LOW)
def mounted(items):
    """None of those that are packages of the platform."""
    images = ("openedx", "openedx-dev")
    return [*(item for item in items if item[0] not in images), *((image, "acme") for image in images)]


@hooks.Filters.ENV_TEMPLATE_VARIABLES.add()
def variables(items):
    """Wrap one of the core's."""
    version = dict(items)["TUTOR_VERSION_MAJOR"]
    return [*items, ("onlookers_version", version + 1)]


@hooks.Filters.ENV_TEMPLATE_FILTERS.add()
def filters(items):
    """Wrap one of the core's."""
    reverse = dict(items)["reverse_host"]
    return [*items, ("reverse_twice", lambda host: reverse(reverse(host)) + "/" + reverse(host))]


@hooks.Filters.CLI_DO_INIT_TASKS.add(priority=LOW)
def tasks(items):
    """One task behind those of the core."""
    services = [service for service, _ in items]
    return [*items, ("lms", f"echo {'cms' in services} {'mysql' in services} {{{{ LMS_HOST }}}}")]


hooks.Filters.ENV_PATCHES.add_items(
    [
        ("openedx-common-settings", "ONLOOKERS = '{{ onlookers_version }} {{ LMS_HOST|reverse_twice }}'"),
        ("openedx-common-settings", "NAME = '{{ ONLOOKERS_NAME }}'"),
    ]
)

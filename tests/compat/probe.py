"""A plugin that tells what the enabled plugins make of a program: run by the incumbent and by us, unmodified.

Its command ``effects FILE`` writes what reaches the program through the hooks, rendered with its settings, as
JSON: section → name → value. Of tasks and patches it writes hashes, and texts only of plugins' own: of those
that are not in the file ``--without``, which it wrote when no plugin was enabled.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tutor import bindmount, env, hooks
from tutor import config as tutor_config

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Folders that a user might mount: those that plugins know, and one that nobody does.
FOLDERS = (
    "acme",
    "course-discovery",
    "credentials",
    "ecommerce",
    "edx-notes-api",
    "edx-platform",
    "event-routing-backends",
    "frontend-app-authn",
    "frontend-app-authoring",
    "frontend-app-learning",
    "frontend-app-ora-grading",
    "frontend-component-footer",
    "frontend-plugin-notifications",
    "openedx-aspects",
    "openedx-events",
    "platform-plugin-aspects",
    "tutor-contrib-aspects",
    "xblock-drag-and-drop-v2",
    "xblock-poll",
    "xblock-sql-grader",
    "xqueue",
)


@click.command()
@click.argument("file")
@click.option("--without", help="What was written when no plugin was enabled.")
@click.pass_context
def effects(ctx: click.Context, file: str, without: str | None) -> None:
    """Write what plugins make of this program."""
    root = ctx.obj.root
    config = tutor_config.load_full(root)
    known = json.loads(Path(without).read_text()) if without else None
    found = {
        "settings": {name: _rendered(config, value) for name, value in config.items()},
        "images": _images(config),
        "hosts": _hosts(config),
        "mounts": _mounts(config),
        "commands": dict(_commands(ctx.find_root())),
        "others": _others(config),
        "tasks": _tasks(config, known and known["tasks"]),
        "patches": _patches(config, known and known["patches"]),
    }
    Path(file).write_text(json.dumps(found, default=repr))


hooks.Filters.CLI_COMMANDS.add_item(effects)


def _rendered(config: dict[str, Any], value: Any) -> Any:
    try:
        return env.render_unknown(config, value)
    except Exception:  # noqa: BLE001  # that it fails is what happens
        return "fails"


def _images(config: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, path, tag, arguments in hooks.Filters.IMAGES_BUILD.iterate(config):
        folder = path if isinstance(path, str) else "/".join(path)
        found[f"build {name}"] = [folder, _rendered(config, tag), *_rendered(config, list(arguments))]
    for verb, handle in (("pull", hooks.Filters.IMAGES_PULL), ("push", hooks.Filters.IMAGES_PUSH)):
        for name, tag in handle.iterate(config):
            found.setdefault(f"{verb} {name}", []).append(_rendered(config, tag))
    for place in ("local", "dev"):
        found[f"required {place}"] = list(hooks.Filters.IMAGES_BUILD_REQUIRED.iterate(place))
    return found


def _hosts(config: dict[str, Any]) -> dict[str, list[str]]:
    return {
        place: [_rendered(config, host) for host in hooks.Filters.APP_PUBLIC_HOSTS.iterate(place)]
        for place in ("local", "dev")
    }


def _mounts(config: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in FOLDERS:
        path = f"/mounted/{name}"
        # No service is called openedx-dev: that is an image, of which the incumbent speaks here, too.
        targets = {(s, inside) for s, _, inside in bindmount.parse_mount(path) if s != "openedx-dev"}
        found[name] = sorted(map(":".join, targets))
        found[f"{name} built"] = sorted({*map(":".join, hooks.Filters.IMAGES_BUILD_MOUNTS.iterate(name))})
        images = {image for image, _ in hooks.Filters.MOUNTED_DIRECTORIES.iterate()}
        call = "{{ iter_mounted_directories([path], image)|list|length }}"
        for image in sorted({*images, "openedx", "openedx-dev"}):
            text = call.replace("path", json.dumps(path)).replace("image", json.dumps(image))
            if env.render_str(config, text) != "0":
                found.setdefault(f"{name} installed", []).append(image)
    return found


def _commands(ctx: click.Context) -> Iterator[tuple[str, list[str]]]:
    """Yield each command by its words, with its options and arguments."""
    command = ctx.command
    yield (
        " ".join(ctx.command_path.split()[1:]),
        sorted(option for p in command.params for option in (*p.opts, *p.secondary_opts)),
    )
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            if found is not None:
                yield from _commands(click.Context(found, info_name=name, parent=ctx))


def _others(config: dict[str, Any]) -> dict[str, Any]:
    def listed(call: str) -> Any:
        return json.loads(env.render_str(config, "{{ " + call + "()|list|tojson }}"))

    return {
        "loaded": list(hooks.Filters.PLUGINS_LOADED.iterate()),
        "LMS worker": listed("iter_lms_celery_parameters"),
        "CMS worker": listed("iter_cms_celery_parameters"),
        "build command": hooks.Filters.DOCKER_BUILD_COMMAND.apply(["docker", "build"]),
        "tests": ["|".join(item) for item in hooks.Filters.TESTS.iterate()],
        "template filters": sorted({name for name, _ in hooks.Filters.ENV_TEMPLATE_FILTERS.iterate()}),
        "template variables": sorted({name for name, _ in hooks.Filters.ENV_TEMPLATE_VARIABLES.iterate()}),
    }


def _tasks(config: dict[str, Any], known: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Each task: its service, how many of the core's come after it, its hash, and its script."""
    left, found = _counted(known), list[dict[str, Any]]()
    for service, source in hooks.Filters.CLI_DO_INIT_TASKS.iterate():
        key = _hash(source)
        if known is None or left[key]:
            left[key] -= 1
            found.append({"hash": key})
        else:
            found.append(
                {
                    "service": service,
                    "before": sum(left.values()),
                    "hash": key,
                    "text": _rendered(config, source),
                }
            )
    return found


def _patches(config: dict[str, Any], known: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """Each patch: its name, its hash, and its text."""
    left, found = _counted(known), list[dict[str, Any]]()
    for name, source in hooks.Filters.ENV_PATCHES.iterate():
        key = _hash(f"{name}\n{source}")
        if known is None or left[key]:
            left[key] -= 1
            found.append({"hash": key})
        else:
            found.append({"name": name, "hash": key, "text": _rendered(config, source)})
    return found


def _counted(known: Iterable[dict[str, Any]] | None) -> Counter[str]:
    return Counter(item["hash"] for item in known or ())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

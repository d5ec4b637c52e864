"""Checks of rendered files: what is wrong is found, and what is right is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tests.kit import write
from tutor.checking import _changed
from tutor.env import formats
from tutor.env.plan import MANIFEST, Manifest
from tutor.env.validate import check_files, check_patch_names
from tutor.exceptions import RenderError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.env.conftest import Platform

K8S = "apiVersion: v1\nkind: X\nmetadata: {name: a}"
POD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: a
  labels: {x: a}
spec:
  selector:
    matchLabels: {x: a}
  template:
    metadata:
      labels: {x: a}
    spec:
      containers:
        - name: a
          image: b
          env:
            - {name: A, value: "1"}
            - {name: B, value: on}
            - name: C
          volumeMounts: [{name: v, mountPath: /v}]
      volumes: [{name: v, emptyDir: {}}]
"""
STATEFUL = POD.replace("Deployment", "StatefulSet").replace(
    "      volumes: [{name: v, emptyDir: {}}]\n", "  volumeClaimTemplates: [{metadata: {name: v}}]\n"
)
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nconfigMapGenerator:\n"
SERVICE = "services:\n  a:\n    image: b\n"
#: (path, text, line of the fault, words of it)
FAULTS = [
    ("a.yml", "a: [1\nb: 2\n", 2, "did not find expected"),
    ("k8s/a.yml", f"{K8S}\nb: 2\nkind: 3\n", 5, "the key kind stands twice"),
    ("k8s/a.yml", f"{K8S}\nx:\n  - {{a: 1, a: 2}}\n", 5, "the key a stands twice"),
    ("k8s/a.yml", f"{K8S}\n---\nb: 1\nb: 2\n", 6, "the key b stands twice"),
    ("a.yml", "a: *nope\n", 1, "undefined alias"),
    ("a.yml", "a:\n\t- b\n", 2, "cannot start any token"),
    ("a.yaml", "- a\nb: c\n", 2, ""),
    ("a.json", '{"a": 1,}', 1, ""),
    ("a.json", '{"a": 1}\n{"b": 1}', 2, "Extra data"),
    ("a.py", "x = 1\ny = = 2\n", 2, "invalid syntax"),
    ("a.py", "def f():\npass\n", 2, "expected an indented block"),
    ("a.py", "return 1\n", 1, "outside function"),
    ("a.py", "x = '''\n", 1, "unterminated"),
    ("apps/caddy/Caddyfile", "a {\n  b {\n}\n", 1, "the block is not closed"),
    ("Caddyfile", "a {\n}\n}\n", 3, "a block is closed that was not opened"),
    ("Caddyfile", "a {\n  respond `{`\n", 1, "the block is not closed"),
    ("build/x/Dockerfile", "FROM a\nRUNN b\n", 2, "RUNN is no instruction"),
    ("build/x/Dockerfile", "RUN b\n", 1, "the first instruction must be FROM or ARG"),
    ("build/x/Dockerfile", "FROM a\nRUN b \\\n  && c\nd\n", 4, "d is no instruction"),
    ("build/x/Dockerfile", "FROM a\nRUN <<EOF\nx\nEOF\ny\n", 5, "y is no instruction"),
    ("k8s/a.yml", "kind: X\nmetadata: {name: a}\n", 1, "the object has no apiVersion"),
    (
        "k8s/a.yml",
        f"{K8S}\n---\napiVersion: v1\nkind: X\n",
        5,
        "no metadata.name",
    ),
    ("k8s/a.yml", "- a\n", 1, "expected an object"),
    ("kustomization.yml", "kind: Kustomization\n", 1, "the object has no apiVersion"),
    (
        "k8s/a.yml",
        f"{K8S}\n{K8S}\n",
        4,
        "the key apiVersion stands twice: a line --- is missing before the object",
    ),
    ("k8s/a.yml", POD.replace('"1"', "1"), 17, "the value 1 of variable A is no text: put it in quotes"),
    ("k8s/a.yml", POD.replace('"1"', "true"), 17, "the value true of variable A is no text"),
    (
        "k8s/a.yml",
        POD.replace("labels: {x: a}", "labels: {x: 1}", 1),
        5,
        "the value 1 of labels x is no text",
    ),
    ("k8s/a.yml", POD.replace("      labels: {x: a}", "      labels: {x: b}"), 8, "pods lack the label x: a"),
    ("k8s/a.yml", POD.replace("selector", "select"), 1, "the object has no spec.selector"),
    ("k8s/a.yml", POD.replace("          image: b\n", ""), 14, "the container has no image"),
    ("k8s/a.yml", POD.replace("[{name: v, m", "[{name: w, m"), 20, "the pod has no volume w"),
    ("k8s/a.yml", STATEFUL.replace("{name: v}", "{name: w}"), 20, "the pod has no volume v"),
    ("k8s/override.yml", "kind: Deployment\n", 1, "the object has no apiVersion"),
    ("kustomization.yml", f"{KUSTOMIZATION}- files: [a]\n", 4, "the generator has no name"),
    ("kustomization.yml", f"{KUSTOMIZATION}- name: openedx-config\n", 4, "openedx-config is a Secret"),
    ("local/docker-compose.yml", f"{SERVICE}    ports: 3\n", 4, "ports"),
    ("local/docker-compose.yml", "services:\n  a:\n    imagee: b\n", None, ""),
    ("local/docker-compose.yml", "services:\n  a: [b]\n", None, ""),
    ("dev/docker-compose.yml", "services:\n  a: {image: b}\n  a: {image: c}\n", 3, "the key a stands twice"),
]

#: (path, text)
RIGHT = [
    ("a.yml", ""),
    ("a.yml", "# only a comment\n"),
    ("a.yml", "a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\nd:\n  <<: *x\n"),
    ("a.yml", "a: 1\n---\na: 1\n"),
    ("a.yml", "{a: 1, b: {a: 1}}\n"),
    ("a.yml", "yes: 1\n1: 2\n? [a]\n: 3\n"),
    ("a.yml", "overridden: 1\noverridden: 2\n"),
    ("a.json", ""),
    ("a.json", "[1, null]"),
    ("a.py", ""),
    ("a.py", "# -*- coding: utf-8 -*-\nimport x\nassert (1, 2)\nprint('\\d')\n"),
    ("a.py", "from __future__ import annotations\nx: int = 1\n"),
    ("Caddyfile", "{$default_site_port}{$site} {\n  reverse_proxy {http.request.host}\n}\n"),
    ("Caddyfile", 'a {\n  respond "{not a block"\n  # } neither\n  header X `}`\n}\n'),
    ("Caddyfile", "(snippet) {\n  log {args[0]}\n}\n{\n  email a@b\n}\n"),
    ("Caddyfile", "{$A}.example.com, {$B:default}.example.com {\n}\n"),
    ("Dockerfile", "# syntax=docker/dockerfile:1\nARG X=1\nFROM a AS b\nrun x\n"),
    (
        "Dockerfile",
        "FROM a\nRUN <<EOF\nnot an instruction\nEOF\nRUN <<-'ONE' cat <<TWO\nx\nONE\ny\nTWO\nUSER app\n",
    ),
    ("Dockerfile", 'FROM a\nCOPY <<"EOF" /x\n}{\nEOF\n'),
    ("Dockerfile", 'FROM a\nRUN a \\\n  # comment inside\n\n  && b\nCMD ["x"]\n'),
    ("Dockerfile", "FROM a\nRUN x && \\\n  y <<EOF\nz\nEOF\nUSER b\n"),
    ("Dockerfile", "# escape=`\nFROM a\nRUN b `\n  c\n"),
    ("Dockerfile", ""),
    ("k8s/a.yml", "---\n# empty\n---\napiVersion: v1\nkind: X\nmetadata:\n  name: a\n---\n"),
    ("k8s/a.yml", "apiVersion: v1\nkind: Job\nmetadata: {generateName: a-}\n"),
    ("kustomization.yml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"),
    ("kustomization.yml", f"{KUSTOMIZATION}- name: myapp\n  files: [a]\n"),
    ("k8s/a.yml", POD),
    ("k8s/a.yml", STATEFUL),
    ("k8s/override.yml", POD.replace("      volumes: [{name: v, emptyDir: {}}]\n", "")),
    ("local/docker-compose.yml", "services: {}\n"),
    ("local/docker-compose.jobs.yml", f"{SERVICE}    depends_on: {{c: {{condition: service_healthy}}}}\n"),
    ("local/docker-compose.yml", f"x-a: &a {{restart: always}}\n{SERVICE}    <<: *a\n    ports: ['80:80']\n"),
    ("notes.txt", "}{[\x00"),
]


@pytest.mark.parametrize(("path", "text", "line", "words"), FAULTS)
def test_faults(path: str, text: str, line: int | None, words: str) -> None:
    """With the line, counted from 1."""
    _, found = formats.check(path, text)
    assert found
    assert words in found[0].message
    if line:
        assert found[0].line == line


def labelled(value: str) -> str:
    """A manifest with a label."""
    return f"apiVersion: v1\nkind: X\nmetadata: {{name: a, labels: {{x: {value}}}}}\n"


@pytest.mark.parametrize(
    "value", ["0", "07", "-1", "12", "+3", "1.5", "08.5", "true", "True", "false", "False"]
)
def test_labels_that_are_no_texts(value: str) -> None:
    """Every reader of YAML takes them for numbers, or for yes and no; ours too."""
    assert not isinstance(yaml.safe_load(value), str)
    (found,) = formats.check("k8s/a.yml", labelled(value))[1]
    assert found.message.startswith(f"the value {value} of labels x is no text")


@pytest.mark.parametrize("value", ["08", "-09", "1e3", "1.2.3", "a", "yes", "'1'", "!!str 1", "!!str true"])
def test_labels_that_are_texts(value: str) -> None:
    """To our reader, or to those of Kubernetes."""
    assert formats.check("k8s/a.yml", labelled(value))[1] == []


@pytest.mark.parametrize(("path", "text"), RIGHT)
def test_right(path: str, text: str) -> None:
    """Nothing to say."""
    assert formats.check(path, text)[1] == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("local/docker-compose.prod.yml", "Compose file"),
        ("plugins/x/apps/docker-compose.yml", "YAML file"),
        ("k8s/deployments.yml", "Kubernetes manifest"),
        ("kustomization.yml", "Kubernetes manifest"),
        ("apps/x.yaml", "YAML file"),
        ("plugins/x/build/y/Dockerfile", "Dockerfile"),
        ("apps/caddy/Caddyfile", "Caddyfile"),
        ("version", "text"),
    ],
)
def test_formats_of_paths(path: str, name: str) -> None:
    """Where they lie says what they are."""
    assert formats.check(path, "")[0] == name


def test_a_key_from_two_plugins_names_both(platform: Platform) -> None:
    """The second is the fault, the first takes part in it."""
    platform.patch("p", "a: {image: x}\nsame: {image: x}", "one")
    platform.patch("p", "b: {image: x}\nsame: {image: y}", "two")
    platform.template("local/docker-compose.yml", "services:\n  {{ patch('p')|indent(2) }}\n")
    tree = platform.renderer().render_tree()
    with pytest.raises(RenderError, match="the key same stands twice") as caught:
        check_files(tree.files.values())
    assert "plugin one 1.0 (/one.py:10), patch p" in str(caught.value.where)
    assert "plugin two 1.0 (/two.py:10), patch p" in str(caught.value.where)
    assert "local/docker-compose.yml:5" in str(caught.value.where)
    assert str(caught.value.hint).endswith("tutor plugins disable two one")
    assert ">    5 |   same: {image: y}" in str(caught.value.excerpt)


def test_a_fault_that_is_noticed_after_the_patch(platform: Platform) -> None:
    """A parser stumbles over the line after the one that is wrong."""
    platform.patch("p", "a: [1", "one")
    platform.template("apps/x.yml", "top: 1\n{{ patch('p') }}\nlast: 1\n")
    with pytest.raises(RenderError) as caught:
        check_files(platform.renderer().render_tree().files.values())
    assert "plugin one" in str(caught.value.where)


def test_a_fault_of_nobody(platform: Platform) -> None:
    """A setting's value broke it."""
    platform.template("apps/x.yml", "top: {{ PLATFORM_NAME }}\n")
    with pytest.raises(RenderError) as caught:
        check_files(platform.renderer(PLATFORM_NAME="[x").render_tree().files.values())
    assert caught.value.hint == "check the settings used there: tutor config edit"


def test_secrets_are_not_shown(platform: Platform) -> None:
    """In the lines around a fault."""
    platform.patch("p", "A_PASSWORD: hidden\n'SECRET_KEY': hidden\nx: [1")
    platform.template("apps/x.yml", "top: 1\n{{ patch('p') }}\ntoken = hidden\n")
    with pytest.raises(RenderError) as caught:
        check_files(platform.renderer().render_tree().files.values())
    assert "hidden" not in str(caught.value.excerpt)


def test_unchanged_files_are_not_checked_again(platform: Platform, tmp_path: Path) -> None:
    """They passed when they were written: what stands in the manifest, and on the disk as it does there."""
    platform.template("apps/x.yml", "a: [1\n")
    tree = platform.renderer().render_tree()
    file = tree.files["apps/x.yml"]
    assert list(_changed(tmp_path, [file])) == [file]
    live = write(tmp_path / "env" / file.path, "a: [1\n")
    assert list(_changed(tmp_path, [file])) == [file]
    write(tmp_path / MANIFEST, Manifest({file.path: file.digest}).serialized().decode())
    assert list(_changed(tmp_path, [file])) == []
    live.write_text("a: [2\n")
    assert list(_changed(tmp_path, [file])) == [file]


@pytest.mark.parametrize(
    ("name", "typo", "words"),
    [
        ("caddyfil", True, "did you mean caddyfile?"),
        ("Caddyfile", True, "did you mean caddyfile?"),
        ("openedx-lms-comon-setings", True, "did you mean openedx-lms-common-settings?"),
        ("my-piont", True, "did you mean my-point?"),
        ("mfe-caddyfile", False, "is used by no template"),
        ("nginx-extra", False, "instead: requests enter through Caddy"),
        ("something-else", False, "is used by no template"),
    ],
)
def test_unknown_patches(name: str, typo: bool, words: str, platform: Platform) -> None:
    """A misspelt name is an error; another's point, or one of an older release, is not."""
    platform.template("apps/x", "{{ patch('my-point') }}{{ patch('dynamic-' ~ LMS_HOST) }}")
    for known in ("my-point", "dynamic-anything", "k8s-services"):
        platform.patch(known, "x")
    platform.patch(name, "x")
    renderer = platform.renderer()
    tree = renderer.render_tree()
    if typo:
        with pytest.raises(RenderError) as caught:
            check_patch_names(tree, renderer.patches)
        assert words in caught.value.message
        assert caught.value.where == "plugin myapp 1.0 (/myapp.py:10)"
    else:
        (found,) = check_patch_names(tree, renderer.patches)
        assert words in found.message

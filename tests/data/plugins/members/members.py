"""Members written as JSON in the files of settings that are YAML."""

from tutor import hooks

hooks.Filters.ENV_PATCHES.add_items(
    [
        ("lms-env", '"MEMBERS_PLAIN": "{{ LMS_HOST }}"'),
        ("lms-env", '"MEMBERS_DEEP": {"a": [1, 2.5, true, null], "b": {"c": "d"}}'),
        ("cms-env", '"MEMBERS_CMS": "x"'),
        ("openedx-auth", '"MEMBERS_SECRET": "{{ OPENEDX_SECRET_KEY }}"'),
        ("common-env-features", '"ENABLE_MEMBERS": true'),
        ("lms-env-features", '"ENABLE_LMS_MEMBERS": false'),
        ("cms-env-features", '"ENABLE_CMS_MEMBERS": true'),
    ]
)

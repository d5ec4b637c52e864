"""Changes to the MODULESTORE setting, made in one place for every store."""


def update_module_store_settings(
    module_store_setting,
    doc_store_settings=None,
    module_store_options=None,
    xml_store_options=None,
    default_store=None,
    mappings=None,
):
    """Give every store the same document store and options; put the default store first."""
    options = module_store_setting["default"]["OPTIONS"]
    for store in options["stores"]:
        store.setdefault("DOC_STORE_CONFIG", {}).update(doc_store_settings or {})
        store.setdefault("OPTIONS", {}).update(module_store_options or {})
    if default_store:
        options["stores"].sort(key=lambda store: store["NAME"] != default_store)
        if options["stores"][0]["NAME"] != default_store:
            raise ValueError(f"there is no module store {default_store!r}")
    if mappings and "mappings" in options:
        options["mappings"] = mappings

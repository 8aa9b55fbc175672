"""The REST API's document: what there is to say of it as a whole."""

from portal import VERSION

REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "accounts.rest.schema.Schema"}

SPECTACULAR_SETTINGS = {
    "TITLE": "Portolan",
    "DESCRIPTION": (
        "Harbor's API, as far as it is there. Errors have the form "
        '`{"errors": [{"code": "…", "message": "…"}]}`; each answer carries an `X-Request-Id`.'
    ),
    "VERSION": VERSION,
    "SERVERS": [{"url": "/api/v2.0"}],
    "SCHEMA_PATH_PREFIX": r"/api/v2\.0",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "DEFAULT_GENERATOR_CLASS": "portal.rest.openapi.Generator",
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [],
}

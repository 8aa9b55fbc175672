"""People and projects of a test alone, as in the tests of the REST API."""

from tests.rest.conftest import (  # noqa: F401 - fixtures
    admin,
    nobody,
    owner,
    people,
    plain_static_files,
    project,
)

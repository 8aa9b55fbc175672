"""People and projects of a test alone, as in the tests of the REST API."""

from tests.rest.conftest import (  # noqa: F401 - fixtures
    _without_collected_files,
    admin,
    nobody,
    owner,
    people,
    project,
)

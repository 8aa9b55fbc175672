"""Portolan's settings: one file per subject, every value typed and read from the environment.

docs/configuration.md has the table of all variables. With none of them set the embedded form starts: SQLite, disk and
a file broker below ``PORTOLAN_DATA``.
"""

from portal.settings.base import *  # noqa: F403
from portal.settings.configuration import *  # noqa: F403
from portal.settings.console import *  # noqa: F403
from portal.settings.database import *  # noqa: F403
from portal.settings.jobs import *  # noqa: F403
from portal.settings.log import *  # noqa: F403
from portal.settings.registry import *  # noqa: F403
from portal.settings.rest import *  # noqa: F403
from portal.settings.security import *  # noqa: F403
from portal.settings.serving import *  # noqa: F403
from portal.settings.storage import *  # noqa: F403

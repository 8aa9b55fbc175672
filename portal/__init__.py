"""The Django project: settings, addresses, the admin site, the assembly of the apps."""

VERSION = "0.1.0"
# The release of Harbor whose REST interface this is, as its clients look for it.
HARBOR = "2.16.0"

"""How the console looks: the theme of the admin site."""

from django.templatetags.static import static
from django.urls import reverse_lazy

PRODUCT = "Portolan"

# Sea blue; 600 on white and 400 on near black are read well by everyone (more than 4.5 to 1).
SEA = {
    "50": "#f0f7fb", "100": "#dcecf5", "200": "#bfdceb", "300": "#93c4dc", "400": "#5fa3c6", "500": "#3d87ad",
    "600": "#2d6c91", "700": "#275877", "800": "#244a63", "900": "#223f54", "950": "#162838",
}  # fmt: skip

UNFOLD = {
    "SITE_TITLE": PRODUCT,
    "SITE_HEADER": PRODUCT,
    "SITE_URL": None,
    "SITE_ICON": lambda request: static("portal/favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("portal/favicon.svg")},
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": reverse_lazy("set_language")},
    "COLORS": {"primary": SEA},
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda request: static("portal/console.css")],
    "SCRIPTS": [lambda request: static("portal/console.js")],
    "LOGIN": {"image": lambda request: static("portal/chart.svg")},
    "ACCOUNT": {"navigation": "portal.console.navigation.account_links"},
    "SIDEBAR": {"show_search": True, "command_search": True, "navigation": "portal.console.navigation.navigation"},
}

"""Configuration items that the environment sets: what an administrator sets in the product does not change these."""

from accounts.configuration.table import ITEMS
from portal import environment as env

CONFIGURATION = env.items(ITEMS)

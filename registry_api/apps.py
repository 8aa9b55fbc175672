"""Portolan: registry_api."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry_api"

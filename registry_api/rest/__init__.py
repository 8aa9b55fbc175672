"""Views of ``/api/v2.0`` about projects and what lies in them, one file for each of Harbor's tags."""

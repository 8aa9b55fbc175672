"""What the admin rooms of all apps are made of; the rooms themselves register where each app's ``admin`` is."""

"""The console: what surrounds the rooms of the admin site, for everybody who has an account."""

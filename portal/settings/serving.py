"""What `manage.py serve` starts: address, processes, the first administrator."""

import os

from portal import environment as env

# Loopback until told otherwise: docker trusts plain HTTP there and nowhere else, and nobody else gets in by accident.
HOST = env.host("PORTOLAN_HOST", "127.0.0.1")
PORT = env.integer("PORTOLAN_PORT", 8080, lowest=1, highest=65535)

WEB_PROCESSES = env.integer("PORTOLAN_WEB_PROCESSES", min(os.cpu_count() or 2, 8), lowest=1, highest=256)
JOB_THREADS = env.integer("PORTOLAN_JOB_THREADS", 8, lowest=1, highest=256)

ADMIN_NAME = env.text("PORTOLAN_ADMIN_NAME", "admin")
# Only read when the first administrator is made; empty: one is generated and printed.
ADMIN_PASSWORD = env.text("PORTOLAN_ADMIN_PASSWORD")

# Given to whoever asks (Harbor: /systeminfo/getcert), for clients that have to trust the company's own authority.
ROOT_CERTIFICATE = env.certificate("PORTOLAN_ROOT_CERTIFICATE")

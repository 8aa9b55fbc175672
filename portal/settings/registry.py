"""How the registry answers: tokens, limits, uploads, the cache of ready answers."""

from portal import environment as env
from portal.settings.base import DATA_DIR

# Whom a token is for (its audience) and who issued it, as Harbor names them, so that existing set-ups go on working.
TOKEN_SERVICE = env.word("PORTOLAN_TOKEN_SERVICE", "harbor-registry")
TOKEN_ISSUER = env.word("PORTOLAN_TOKEN_ISSUER", "harbor-token-issuer")
TOKEN_LEEWAY = 60  # seconds of clock difference forgiven, as Docker's own registry does

FAST_PATH = env.boolean("PORTOLAN_FAST_PATH", True)
# Longest time, in seconds, for which a ready answer or a verified token is believed without asking the database again.
# Within one host the generation counters end it at once; this bound is for what happens on other hosts.
FAST_PATH_MAX_AGE = 1.0
GENERATIONS_FILE = DATA_DIR / "run" / "generations"

MANIFEST_MAX_SIZE = 4 << 20  # bytes, the least that the OCI specification wants accepted
INDEX_MAX_CHILDREN = 2000
INDEX_MAX_DEPTH = 8

# Seconds without a byte after which an upload counts as abandoned.
UPLOAD_LIFETIME = env.integer("PORTOLAN_UPLOAD_LIFETIME", 86400, lowest=60, highest=30 * 86400)
UPLOADS_PER_REPOSITORY = env.integer("PORTOLAN_UPLOADS_PER_REPOSITORY", 1000, lowest=1, highest=100_000)
# Seconds for which garbage collection leaves alone what nothing refers to.
GC_TIME_WINDOW = env.integer("PORTOLAN_GC_TIME_WINDOW", 7200, lowest=0, highest=90 * 86400)
# Seconds that a push may take from its first blob to its manifest; a shorter grace time does not shorten them.
GC_PUSH_WINDOW = env.integer("PORTOLAN_GC_PUSH_WINDOW", 3600, lowest=0, highest=30 * 86400)
PULL_FLUSH_SECONDS = 3

DATA_UPLOAD_MAX_MEMORY_SIZE = 8 << 20

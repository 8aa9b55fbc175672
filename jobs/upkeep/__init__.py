"""What the chores of an installation share: garbage collection, scrubbing, purging the audit record."""

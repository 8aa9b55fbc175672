"""Retention: what a project keeps of its artifacts and tags, by rules, and the deletion of everything else."""

"""The REST interface of what all jobs share."""

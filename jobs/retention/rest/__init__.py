"""The REST interface of retention: Harbor's tag ``Retention``, and a preview of drafts."""

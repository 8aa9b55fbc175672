"""What the REST views of every room share (Harbor's conventions for ``/api/v2.0``)."""

"""The transient kind of failure. Vendor exceptions end in the adapter: callers see these, never a library's class."""


class Unavailable(Exception):
    """Transient: a part of the world (S3, SQS, MySQL, Cognito) did not answer as it should."""


class CatalogueUnavailable(Unavailable):
    """The database could not be used."""

"""What a store raises when it cannot do its work."""


class StoreError(RuntimeError):
    """The store cannot be used as it is set up: what was given, what is expected, what to do."""


class StoreFullError(StoreError):
    """There is no room on the disk: nothing of the change was kept, and it can be tried again when there is."""

"""What a store raises when it cannot do its work."""


class StoreError(RuntimeError):
    """The store cannot be used. The message says what is expected and what to do."""


class StoreFullError(StoreError):
    """The disk is full. Nothing of the change was stored; it can be tried again."""

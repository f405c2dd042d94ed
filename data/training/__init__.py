"""The only shared torch code: batches, the loop, the export."""

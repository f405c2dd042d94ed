"""Decide whether a message asks about the last picture: a small classifier trained on questions about photos and other talk."""

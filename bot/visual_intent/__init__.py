"""Decide whether a message asks about the last picture.

The classifier is small, and trained on questions about photos and on other talk.
"""

"""The safety filter: recognises distress and offence.

It reads messages and generated replies.
"""

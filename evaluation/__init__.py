"""Any log in, a report out: what was said, whether it was right, whether today's bot does better, and what to do next.

Reads logs through data.formats.logs and never the live store.
"""

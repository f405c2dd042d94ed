"""What pytest may collect: doctests live in the code, and code that needs torch is left out where there is none."""

from importlib.util import find_spec

collect_ignore_glob = ["data/files/*", *([] if find_spec("torch") else ["data/training/*"])]

"""Public corpora, one module each: source, licence, peculiarities, and a reader.

None is part of the project.
"""

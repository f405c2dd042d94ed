"""Public corpora, one file each: where from, licence, what is odd, and how its records are read. None is part of the project."""

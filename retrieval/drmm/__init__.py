"""DRMM: how near the words of a reply lie to each word of the query, counted and weighed (Guo et al. 2016)."""

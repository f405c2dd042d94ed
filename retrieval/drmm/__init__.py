"""DRMM: histograms of how near the words of a reply lie to each query word.

Source: Guo et al. 2016.
"""

"""DSSM: one vector for a query and one for a reply; near vectors match.

Source: Huang et al. 2013.
"""

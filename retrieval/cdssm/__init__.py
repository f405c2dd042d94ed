"""CDSSM (CLSM): a DSSM that reads windows of three words in their order.

Source: Shen et al. 2014.
"""

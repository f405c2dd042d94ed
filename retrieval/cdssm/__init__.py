"""CDSSM (CLSM): a DSSM that reads words in their order, three at a time (Shen et al. 2014)."""

"""DSSM: a query and a reply each become one vector, and near vectors match (Huang et al. 2013)."""

"""ARC-I: each text becomes a vector by convolutions over its words, and a small net compares the two (Hu et al. 2014)."""

"""A Transformer encoder-decoder, small (Vaswani et al. 2017)."""

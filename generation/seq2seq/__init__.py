"""A recurrent encoder-decoder with attention (Cho et al. 2014; Luong et al. 2015)."""

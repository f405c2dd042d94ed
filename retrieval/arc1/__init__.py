"""ARC-I: convolutions encode each text, a perceptron compares both.

Source: Hu et al. 2014.
"""

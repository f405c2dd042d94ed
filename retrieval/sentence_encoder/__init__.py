"""The sentence encoder: Chinese and English sentences as unit vectors.

It is Google's multilingual sentence encoder, cut to these languages.
"""

"""Sentences of both languages as unit vectors: Google's multilingual sentence encoder, cut to Chinese and English."""

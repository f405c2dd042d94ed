"""Whether a message asks about the last picture: learned from questions about photos and from other talk, small and fast."""

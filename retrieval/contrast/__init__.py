"""What one question says and a stored one does not: the slots in which look-alikes differ."""

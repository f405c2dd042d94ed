"""What a person may be suffering from, and what offends: a filter over what is said to the bot and what it would "
"write."""

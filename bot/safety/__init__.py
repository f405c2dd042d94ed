"""The safety filter: recognises distress and offence in messages and in generated replies."""

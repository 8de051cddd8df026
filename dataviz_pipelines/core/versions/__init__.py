"""What resources were: each change of one has left a version behind, which can be read, compared and brought back."""

"""The archive's commands, one file for each kind of user."""

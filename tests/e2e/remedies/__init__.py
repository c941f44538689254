"""The table of remedies: what each message advises, and where it leads when it is followed."""

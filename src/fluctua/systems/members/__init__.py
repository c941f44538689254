"""The systems that come with the package: one file each, which registers it."""

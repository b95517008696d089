"""Load, one file for each module; what is pure is tested in virtual time."""

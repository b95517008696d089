"""The report of a load run, one file for each thing that is made of its journal."""

"""The sender as a check sees it, one file for each of its parts."""

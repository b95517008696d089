"""What a run leaves behind: the journal, what is kept out of it, and what makes it readable and repeatable."""

"""What can be typed: one table of options, and what is printed from it. What the values mean is `settings`' matter."""

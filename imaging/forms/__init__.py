"""The forms of the pages: what they ask, what they take, what they refuse."""

"""What happens behind the pages: tasks at their providers, and who is told of them."""

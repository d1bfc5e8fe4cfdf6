"""The doors for programs: who calls, how often, and what all of them share."""

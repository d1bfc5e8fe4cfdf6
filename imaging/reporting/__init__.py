"""What Darkroom tells of itself: lines of a log, numbers, errors."""

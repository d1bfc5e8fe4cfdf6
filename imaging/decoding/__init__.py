"""What happens to the bytes of a picture, most of it in a limited child process."""

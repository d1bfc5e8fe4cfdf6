"""What the doctor looks at, one function a matter: each yields what it found."""

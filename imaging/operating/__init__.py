"""What whoever runs Darkroom looks at and does: health, integrity, backups, figures."""
